using System.CommandLine;
using PythiaOrleans.Cli.Display;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia help</c>: the help of a command by its name, or the reference of all commands.</summary>
internal static class HelpCommand
{
    public static Command Create()
    {
        var path = new Argument<string[]>("command")
        {
            Description = "The command's words: cache prune.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var markdown = new Option<bool>("--markdown") { Description = "Print the reference of all commands as Markdown." };
        var command = new Command("help", "Show the help of a command, or the reference of all of them.") { path, markdown };
        command.SetAction(parsed =>
        {
            var root = (RootCommand)parsed.RootCommandResult.Command;
            if (parsed.GetValue(markdown))
            {
                parsed.InvocationConfiguration.Output.Write(CommandReference.Write(root));
                return ExitCode.Done;
            }

            var asked = root.Parse([.. parsed.GetValue(path)!, "--help"]);
            if (asked.UnmatchedTokens.Count > 0)
            {
                throw new ArgumentException(string.Join(Environment.NewLine, UsageErrors.Describe(asked)));
            }

            return asked.Invoke(parsed.InvocationConfiguration);
        });
        return command;
    }
}
