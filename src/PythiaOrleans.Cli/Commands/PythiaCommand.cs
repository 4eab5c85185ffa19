using System.CommandLine;
using System.CommandLine.Help;
using PythiaOrleans.Cli.Options;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia</c> with all its commands.</summary>
internal static class PythiaCommand
{
    /// <summary>The commands by what they are for, in the order of the help.</summary>
    public static IReadOnlyList<(string Title, IReadOnlyList<string> Commands)> Groups { get; } =
    [
        ("Start", ["demo", "models", "analyses"]),
        ("Sweep", ["plan", "sweep", "status", "pause", "resume", "cancel", "why"]),
        ("Look at results", ["report", "plot", "animate", "series"]),
        ("Conclude", ["findings", "compare", "likeness", "changepoints", "budget", "forecast", "evals", "seeds"]),
        ("Keep in order", ["verify", "census", "cache"]),
        ("Run a cluster", ["silo", "api-key"]),
        ("Set up", ["help", "completion"]),
    ];

    /// <summary>Creates the command line.</summary>
    public static RootCommand Create()
    {
        var root = new RootCommand("Measures what happens inside language models while they train.")
        {
            DemoCommand.Create(),
            ModelsCommand.Create(),
            AnalysesCommand.Create(),
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
            LikenessCommand.Create(),
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
            HelpCommand.Create(),
            CompletionCommand.Create(),
        };
        PluginOption.AddTo(root);
        Completions.AddTo(root);
        foreach (var option in root.Options.OfType<HelpOption>())
        {
            option.Action = new GroupedHelp((HelpAction)option.Action!);
        }

        return root;
    }
}
