using System.CommandLine;
using System.CommandLine.Help;
using System.Globalization;
using System.Text;
using PythiaOrleans.Cli.Display;

namespace PythiaOrleans.Cli.Commands;

/// <summary>The reference of all commands as Markdown, made of the same words as their help. docs/reference.md is this text.</summary>
internal static class CommandReference
{
    /// <summary>The whole text.</summary>
    public static string Write(RootCommand root)
    {
        ArgumentNullException.ThrowIfNull(root);
        var text = new StringBuilder();
        text.Append("# Reference of the commands\n\n");
        text.Append("`pythia help --markdown` wrote this page: it is what the program itself says. [cli.md](cli.md) has the overview, ");
        text.Append("exit codes and how sweeps are chosen. What commands print here is the beginning of real runs on the checkpoints of ");
        text.Append("`pythia demo --quick`, and on published series and scores.\n");
        foreach (var (title, names) in PythiaCommand.Groups)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {title}\n");
            foreach (var command in names.SelectMany(name => Leaves(root.Subcommands.Single(known => known.Name == name))))
            {
                Append(text, command);
            }
        }

        text.Append("\n## Options of every command\n");
        AppendTable(text, "option", root.Options.Where(option => option is { Recursive: true, Hidden: false }).Select(Row));
        return text.ToString();
    }

    private static void Append(StringBuilder text, Command command)
    {
        var path = UsageErrors.PathOf(command);
        var arguments = command.Arguments.Where(argument => !argument.Hidden).ToArray();
        text.Append(CultureInfo.InvariantCulture, $"\n### {path}\n\n{command.Description}\n\n```bash\n");
        foreach (var (line, what) in Examples.Of(path))
        {
            text.Append(CultureInfo.InvariantCulture, $"{line}   # {what}\n");
        }

        text.Append("```\n");
        AppendTable(text, "argument", arguments.Select(argument => (
            $"`{argument.Name.ToUpperInvariant()}`{(argument.Arity.MinimumNumberOfValues == 0 ? ", may be left out" : "")}",
            argument.Description)));
        AppendTable(text, "option", command.Options.Where(option => !option.Hidden && option is not HelpOption)
            .OrderByDescending(option => option.Required).Select(Row));
        if (ExampleOutputs.Of(path) is { } example)
        {
            text.Append(CultureInfo.InvariantCulture, $"\nIt prints, for example:\n\n```text\n$ {example.Line}\n{example.Text}```\n");
        }
    }

    private static void AppendTable(StringBuilder text, string header, IEnumerable<(string Name, string? Description)> rows)
    {
        var cells = rows.ToArray();
        if (cells.Length == 0)
        {
            return;
        }

        text.Append(CultureInfo.InvariantCulture, $"\n| {header} | |\n| --- | --- |\n");
        foreach (var (name, description) in cells)
        {
            var words = description?.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal);
            text.Append(CultureInfo.InvariantCulture, $"| {name} | {words} |\n");
        }
    }

    private static (string Name, string? Description) Row(Option option)
    {
        var names = string.Join(", ", option.Aliases.Prepend(option.Name).Select(name => $"`{name}`"));
        var value = option.ValueType == typeof(bool) ? "" : $" {(option.HelpName ?? option.Name.TrimStart('-')).ToUpperInvariant()}"
            .Replace("|", " \\| ", StringComparison.Ordinal);
        return ($"{names}{value}{(option.Required ? ", required" : "")}", $"{option.Description}{Default(option)}");
    }

    // Where the description says it, or says which variable decides, nothing is added.
    private static string Default(Option option)
    {
        var says = option.Description ?? "";
        var isSaid = says.Contains("efault", StringComparison.Ordinal) || says.Contains('$', StringComparison.Ordinal);
        return !isSaid && option is { HasDefaultValue: true } && option.ValueType != typeof(bool)
            && option.GetDefaultValue() is { } value and not Array
            ? string.Create(CultureInfo.InvariantCulture, $" Default: {value}.")
            : "";
    }

    private static IEnumerable<Command> Leaves(Command command) =>
        command.Subcommands.Count == 0 ? [command] : command.Subcommands.SelectMany(Leaves);
}
