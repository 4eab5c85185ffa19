using System.CommandLine;
using System.CommandLine.Invocation;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Sources;
using PythiaOrleans.Cli.Commands;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cli.Options;

FreeMemory.ShareArenas();
var root = PythiaCommand.Create();
SourceNotices.Reported += Output.Note;
var parsed = root.Parse(args);
using var interrupt = new Interrupt();
try
{
    if (parsed.Action is ParseErrorAction)
    {
        foreach (var line in UsageErrors.Describe(parsed))
        {
            Console.Error.WriteLine(line);
        }

        return ExitCode.Usage;
    }

    if (parsed.Errors.Count == 0)
    {
        PluginOption.Load(parsed); // findings and families are then known to every command
    }

    return await parsed.InvokeAsync(
        new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, interrupt.Token);
}
catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
{
    Console.Error.WriteLine("Interrupted. What was committed stays; the same command finishes the rest.");
    return ExitCode.Interrupted;
}
catch (ArgumentException error)
{
    Console.Error.WriteLine(CommandFailure.Describe(error));
    return ExitCode.Usage;
}
catch (Exception error)
{
    Console.Error.WriteLine(CommandFailure.Describe(error));
    return ExitCode.Failed;
}
