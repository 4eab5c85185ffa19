using System.CommandLine;
using System.CommandLine.Completions;
using PythiaOrleans.Analyses;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Reporting.Budgets;
using PythiaOrleans.Reporting.Findings;

namespace PythiaOrleans.Cli.Options;

/// <summary>The names that a shell can complete: sweeps of the store, models, suites, analyses, plots, columns, findings.</summary>
/// <remarks>Only what lies on this machine is asked: a key that is pressed twice must not wait for a network.</remarks>
internal static class Completions
{
    private static readonly Dictionary<string, Func<CompletionContext, IEnumerable<string>>> Sources = new(StringComparer.Ordinal)
    {
        ["sweep"] = Sweeps,
        ["--sweep"] = Sweeps,
        ["--reference"] = Sweeps,
        ["model"] = _ => Models(),
        ["--model"] = _ => Models(),
        ["--models"] = context => Listed(context, Models()),
        ["--suite"] = _ => ModelCatalog.Default.Suites.Select(suite => suite.Name),
        ["analysis"] = _ => Analyses().Select(analysis => analysis.Name),
        ["--analysis"] = _ => Analyses().Select(analysis => analysis.Name).Append(NormBudgets.Name),
        ["--analyses"] = context => Listed(context, Analyses().Select(analysis => analysis.Name)),
        ["plot"] = _ => Analyses().Append(NormBudgets.Description)
            .SelectMany(analysis => analysis.Plots.Select(plot => $"{analysis.Name}-{plot.Column}")),
        ["--column"] = Columns,
        ["--columns"] = context => Listed(context, Columns(context)),
        ["--only"] = _ => FindingCatalog.All.Select(finding => finding.Id),
    };

    /// <summary>Gives every argument and option of a known name what it completes to.</summary>
    public static void AddTo(Command command)
    {
        foreach (var argument in command.Arguments)
        {
            if (Sources.TryGetValue(argument.Name, out var source))
            {
                argument.HelpName ??= argument.Name; // else the help lists all names
                argument.CompletionSources.Add(source);
            }
        }

        foreach (var option in command.Options)
        {
            if (Sources.TryGetValue(option.Name, out var source))
            {
                option.HelpName ??= option.Name.TrimStart('-');
                option.CompletionSources.Add(source);
            }
        }

        foreach (var inner in command.Subcommands)
        {
            AddTo(inner);
        }
    }

    private static IEnumerable<string> Models() => ModelCatalog.Default.Models.Select(model => model.Name);

    private static IEnumerable<AnalysisDescription> Analyses() =>
        AnalysisRegistry.BuiltIn.Create(new AnalysisSettings(0, null)).Select(analysis => analysis.Description);

    private static IEnumerable<string> Columns(CompletionContext context)
    {
        var wanted = Value(context, "--analysis");
        return Analyses().Where(analysis => wanted is null || analysis.Name == wanted)
            .SelectMany(analysis => analysis.Columns).Select(column => column.Name).Distinct();
    }

    private static IEnumerable<string> Sweeps(CompletionContext context)
    {
        var store = Value(context, "--store");
        return store is null || BlobStores.IsAzure(store) ? [] : ResultStore.ListSweepsOf(store);
    }

    private static string? Value(CompletionContext context, string option)
    {
        var parsed = context.ParseResult;
        return parsed.CommandResult.Command.Options.Any(known => known.Name == option) ? parsed.GetValue<string>(option) : null;
    }

    // After a comma the next name is completed; what stands before it stays.
    private static IEnumerable<string> Listed(CompletionContext context, IEnumerable<string> names)
    {
        var word = context.WordToComplete;
        var before = word[..(word.LastIndexOf(',') + 1)];
        return names.Select(name => before + name);
    }
}
