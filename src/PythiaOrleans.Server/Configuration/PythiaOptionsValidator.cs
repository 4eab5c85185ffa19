using Microsoft.Extensions.Options;

namespace PythiaOrleans.Server.Configuration;

/// <summary>Checks every option and every item of every list by its attributes. The compiler generates the checks.</summary>
[OptionsValidator]
internal sealed partial class PythiaOptionsValidator : IValidateOptions<PythiaOptions>;
