using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace PythiaOrleans.Server.Configuration;

/// <summary>Reads <see cref="PythiaOptions"/> and refuses at start what run time would suffer from.</summary>
public static partial class SiloConfiguration
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
            // For an item of a list the binder's own message says only that there was an error.
            throw new ArgumentException(
                $"Configuration: {(error.InnerException is InvalidOperationException inner ? inner : error).Message} "
                    + "docs/configuration.md lists the options.",
                error);
        }

        return Validate(options, setting => configuration[setting]);
    }

    /// <summary>Returns the options, or refuses those that are out of range.</summary>
    /// <param name="options">The options.</param>
    /// <param name="find">The text of a setting, as it was found; null where it was not set.</param>
    /// <exception cref="ArgumentException">The message says of each refused setting what was found and what was expected.</exception>
    internal static PythiaOptions Validate(PythiaOptions options, Func<string, string?>? find = null)
    {
        var outcome = new PythiaOptionsValidator().Validate(null, options);
        if (!outcome.Failed)
        {
            return options;
        }

        var problems = string.Join(" ", outcome.Failures.Select(failure => Describe(failure, find)));
        throw new ArgumentException($"Configuration: {problems} docs/configuration.md lists the options.");
    }

    // The generated check says "Slots: The field PythiaOptions.Worker.Slots must be ..."; a user knows the setting as Worker:Slots.
    private static string Describe(string failure, Func<string, string?>? find)
    {
        if (Member().Match(failure) is not { Success: true } member)
        {
            return failure;
        }

        var setting = member.Groups["path"].Value.Replace('.', ':').Replace("[", ":", StringComparison.Ordinal)
            .Replace("]", "", StringComparison.Ordinal);
        var found = find?.Invoke(setting) is { } text ? $"found '{text}'; " : "";
        var expected = failure[(member.Index + member.Length)..].TrimStart(':', ' ');
        return $"{setting}: {found}{expected}";
    }

    [GeneratedRegex(@"PythiaOptions\.(?<path>\w+(\[\d+\])?(\.\w+(\[\d+\])?)*)")]
    private static partial Regex Member();
}
