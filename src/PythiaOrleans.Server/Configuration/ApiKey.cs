using System.ComponentModel.DataAnnotations;

namespace PythiaOrleans.Server.Configuration;

/// <summary>A key of the API.</summary>
public sealed record ApiKey
{
    /// <summary>Who has it; logged with every change that it makes.</summary>
    [Required(ErrorMessage = "{0}: expected a name for the key; it is logged with what the key did.")]
    [RegularExpression("^[^\\p{Cc}]{1,96}$", ErrorMessage = "{0}: expected a name of at most 96 printable characters.")]
    public string Name { get; init; } = "";

    /// <summary>SHA-256 of the key, 64 hexadecimal digits.</summary>
    [Required(ErrorMessage = "{0}: expected the key's SHA-256 as 64 hexadecimal digits, as `pythia api-key` prints it.")]
    [RegularExpression("^[0-9a-fA-F]{64}$", ErrorMessage = "{0}: expected the key's SHA-256 as 64 hexadecimal digits, as `pythia api-key` prints it.")]
    public string Hash { get; init; } = "";

    /// <summary>What it opens. Default: reading.</summary>
    [EnumDataType(typeof(ApiScope), ErrorMessage = "{0}: expected Read or Write.")]
    public ApiScope Scope { get; init; } = ApiScope.Read;
}
