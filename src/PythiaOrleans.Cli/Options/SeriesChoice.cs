using System.CommandLine;

namespace PythiaOrleans.Cli.Options;

/// <summary>A sweep's series, or the published ones with <c>--published</c>.</summary>
/// <param name="command">The command's name, for the message.</param>
/// <param name="published">The description of <c>--published</c>.</param>
internal sealed class SeriesChoice(string command, string published)
{
    /// <summary>The sweep's name, as the first argument.</summary>
    public Argument<string?> Sweep { get; } = new("sweep") { Description = "The sweep's name.", Arity = ArgumentArity.ZeroOrOne };

    /// <summary>Instead of a sweep.</summary>
    public Option<bool> Published { get; } = new("--published") { Description = published };

    /// <summary>The sweep; null for the published series.</summary>
    /// <exception cref="ArgumentException">Both are given, or neither.</exception>
    public string? Read(ParseResult parsed)
    {
        var name = parsed.GetValue(Sweep);
        return name is null == parsed.GetValue(Published)
            ? name
            : throw new ArgumentException(
                $"Name a sweep or give --published, not both: `pythia {command} SWEEP`, `pythia {command} --published`.");
    }
}
