using System.CommandLine;
using PythiaOrleans.Checkpoints.Sources;
using PythiaOrleans.Cli.Commands;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cli.Options;

var root = new RootCommand(
    """
    Measures what happens inside language models while they train: sweeps every checkpoint of a suite and turns
    weights into series, plots and a report.

      pythia demo                                  train six small models, sweep them, write the report
      pythia plan  --suite pythia --source DIR     what a sweep would read and take
      pythia sweep --suite pythia --source DIR     run it; run it again to finish what is missing
      pythia report pythia                         plots and tables of what is there so far

    Exit codes: 0 all done, 1 failed, 2 usage, 3 done with quarantined shards, 130 interrupted.
    """)
{
    DemoCommand.Create(),
    ModelsCommand.Create(),
    CensusCommand.Create(),
    PlanCommand.Create(),
    SweepCommand.Create(),
    StatusCommand.Create(),
    ResumeCommand.Create(),
    PauseCommand.Create(),
    CancelCommand.Create(),
    ReportCommand.Create(),
    PlotCommand.Create(),
    AnimateCommand.Create(),
    SeriesCommand.Create(),
    FindingsCommand.Create(),
    CompareCommand.Create(),
    ChangePointsCommand.Create(),
    BudgetCommand.Create(),
    ForecastCommand.Create(),
    EvalsCommand.Create(),
    SeedsCommand.Create(),
    CacheCommand.Create(),
    SiloCommand.Create(),
    ApiKeyCommand.Create(),
    VerifyCommand.Create(),
    WhyCommand.Create(),
};
PluginOption.AddTo(root);

SourceNotices.Reported += Output.Note;
var parsed = root.Parse(args);
using var interrupt = new Interrupt();
try
{
    if (parsed.Errors.Count == 0)
    {
        PluginOption.Load(parsed); // findings and families are then known to every command
    }

    var code = await parsed.InvokeAsync(
        new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, interrupt.Token);
    return parsed.Errors.Count > 0 ? ExitCode.Usage : code;
}
catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
{
    Console.Error.WriteLine("Interrupted. What was committed stays; the same command finishes the rest.");
    return ExitCode.Interrupted;
}
catch (ArgumentException error)
{
    Console.Error.WriteLine(error.Message);
    return ExitCode.Usage;
}
catch (Exception error)
{
    Console.Error.WriteLine(CommandFailure.Describe(error));
    return ExitCode.Failed;
}
