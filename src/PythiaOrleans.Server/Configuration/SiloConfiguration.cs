using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace PythiaOrleans.Server.Configuration;

/// <summary>Reads <see cref="PythiaOptions"/> and refuses at start what run time would suffer from.</summary>
public static class SiloConfiguration
{
    private const string Prefix = "PYTHIA__";

    /// <summary>Reads the file, the environment and the command line.</summary>
    /// <param name="file">A JSON file; null reads none.</param>
    /// <param name="overrides">What the command line says, by the option's full name.</param>
    /// <exception cref="ArgumentException">An option is unknown, unreadable or out of range; the message holds its full name.</exception>
    public static PythiaOptions Read(string? file, IEnumerable<KeyValuePair<string, string?>> overrides)
    {
        var builder = new ConfigurationBuilder();
        if (file is not null)
        {
            builder.AddJsonFile(Path.GetFullPath(file), optional: false);
        }

        return Bind(builder.AddEnvironmentVariables(Prefix).AddInMemoryCollection(overrides).Build());
    }

    internal static PythiaOptions Bind(IConfiguration configuration)
    {
        PythiaOptions options;
        try
        {
            options = configuration.Get<PythiaOptions>(binder => binder.ErrorOnUnknownConfiguration = true) ?? new PythiaOptions();
        }
        catch (InvalidOperationException error)
        {
            throw new ArgumentException($"Configuration: {error.Message} docs/configuration.md lists the options.", error);
        }

        return Check(options, "") is { Count: > 0 } problems
            ? throw new ArgumentException($"Configuration: {string.Join(" ", problems)} docs/configuration.md lists the options.")
            : options;
    }

    private static List<string> Check(object options, string path)
    {
        var found = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), found, validateAllProperties: true);
        var problems = found.ConvertAll(problem => $"{path}{problem.MemberNames.First()} = '{Value(options, problem.MemberNames.First())}': {problem.ErrorMessage}");
        foreach (var section in Sections(options.GetType()))
        {
            problems.AddRange(Check(section.GetValue(options)!, $"{path}{section.Name}:"));
        }

        return problems;
    }

    private static object? Value(object options, string name) => options.GetType().GetProperty(name)!.GetValue(options);

    private static IEnumerable<PropertyInfo> Sections(Type type) =>
        type.GetProperties().Where(property => property.PropertyType.Name.EndsWith("Options", StringComparison.Ordinal));
}
