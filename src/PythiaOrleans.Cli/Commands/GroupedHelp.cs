using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using PythiaOrleans.Cli.Display;

namespace PythiaOrleans.Cli.Commands;

/// <summary>Help: commands in groups for <c>pythia</c> itself, and examples below the options of each command.</summary>
/// <param name="options">Prints arguments and options.</param>
internal sealed class GroupedHelp(HelpAction options) : SynchronousCommandLineAction
{
    private const int Width = 80;
    private const int Indent = 16;

    /// <inheritdoc />
    public override int Invoke(ParseResult parseResult)
    {
        ArgumentNullException.ThrowIfNull(parseResult);
        var (command, output) = (parseResult.CommandResult.Command, parseResult.InvocationConfiguration.Output);
        if (command is RootCommand root)
        {
            WriteGroups(root, output);
            return ExitCode.Done;
        }

        var code = options.Invoke(parseResult);
        WriteExamples(command, output);
        return code;
    }

    private static void WriteGroups(RootCommand root, TextWriter output)
    {
        output.WriteLine("Measures what happens inside language models while they train: sweeps every");
        output.WriteLine("checkpoint of a suite and turns weights, activations and gradients into series,");
        output.WriteLine("plots and checked findings.");
        output.WriteLine();
        output.WriteLine("Usage: pythia COMMAND [options]. `pythia COMMAND --help` says more.");
        foreach (var (title, names) in PythiaCommand.Groups)
        {
            output.WriteLine();
            output.WriteLine(title);
            foreach (var name in names)
            {
                var command = root.Subcommands.Single(known => known.Name == name);
                output.WriteLine($"  {name,-13} {string.Join($"\n{"",Indent}", Clause(command.Description ?? ""))}");
            }
        }

        output.WriteLine();
        output.WriteLine("Examples");
        foreach (var (line, what) in Examples.Of("pythia"))
        {
            output.WriteLine($"  {line}");
            output.WriteLine($"      {what}");
        }

        output.WriteLine();
        output.WriteLine("Exit codes: 0 all done, 1 failed, 2 usage, 3 done but some shards are");
        output.WriteLine("quarantined, 130 interrupted.");
    }

    private static void WriteExamples(Command command, TextWriter output)
    {
        var examples = Examples.Of(UsageErrors.PathOf(command));
        if (examples.Count == 0)
        {
            return;
        }

        output.WriteLine("Examples:");
        foreach (var (line, what) in examples)
        {
            output.WriteLine($"  {line}");
            output.WriteLine($"      {what}");
        }
    }

    // What a command does, without what follows: the first clause of its description, on as many lines of 80 letters as it needs.
    private static IEnumerable<string> Clause(string text)
    {
        string[] ends = [". ", ": ", "; ", " (", "\n"];
        var at = ends.Select(end => text.IndexOf(end, StringComparison.Ordinal)).Where(end => end > 0).DefaultIfEmpty(text.Length).Min();
        var line = "";
        foreach (var word in text[..at].TrimEnd('.').Split(' '))
        {
            if (line.Length + word.Length >= Width - Indent)
            {
                yield return line;
                line = "";
            }

            line = line.Length == 0 ? word : $"{line} {word}";
        }

        yield return line;
    }
}
