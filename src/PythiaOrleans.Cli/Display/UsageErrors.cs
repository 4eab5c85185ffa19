using System.CommandLine;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Cli.Display;

/// <summary>What is said of a command line that makes no sense: the fault, what was probably meant, and where the help is.</summary>
internal static class UsageErrors
{
    /// <summary>The sentences, one a line.</summary>
    public static IReadOnlyList<string> Describe(ParseResult parsed)
    {
        ArgumentNullException.ThrowIfNull(parsed);
        var command = parsed.CommandResult.Command;
        var path = PathOf(command);
        string[] unknown = [.. parsed.UnmatchedTokens];
        string[] errors = unknown.Length > 0
            ? [Unknown(command, path, unknown[0])]
            : [.. parsed.Errors.Select(error => error.Message).Distinct()];
        return [.. errors, $"`{path} --help` shows what it takes."];
    }

    /// <summary>The words of a command: <c>pythia cache prune</c>.</summary>
    public static string PathOf(Command command)
    {
        var parent = command.Parents.OfType<Command>().FirstOrDefault();
        return parent is null ? "pythia" : $"{PathOf(parent)} {command.Name}";
    }

    private static string Unknown(Command command, string path, string token)
    {
        if (token.StartsWith('-'))
        {
            var name = token.Split('=', ':')[0];
            var options = command.Options.Where(option => !option.Hidden).Select(option => option.Name).ToArray();
            var near = Suggestion.Near(name, options);
            return $"`{path}` has no option '{name}'{(near.Count > 0 ? $": did you mean {string.Join(" or ", near)}?" : ".")}";
        }

        return command.Subcommands.Count > 0
            ? $"There is no command '{path} {token}': {Suggestion.Among(token, [.. command.Subcommands.Select(known => known.Name)])}"
            : $"`{path}` takes no further argument, found '{token}'.";
    }
}
