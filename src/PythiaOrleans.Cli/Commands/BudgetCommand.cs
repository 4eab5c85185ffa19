using System.CommandLine;
using System.Globalization;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cli.Hosting;
using PythiaOrleans.Cli.Options;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Numerics.Distributions;
using PythiaOrleans.Reporting.Budgets;
using PythiaOrleans.Reporting.Published;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia budget</c>: what weight decay takes of the norms, what the updates add, and the weight decay that norms speak
/// for.</summary>
internal static class BudgetCommand
{
    public static Command Create()
    {
        var choice = new SeriesChoice("budget", "The series that the authors of the post published, instead of a sweep.");
        var models = new Option<string?>("--models", "-m") { Description = "Models, separated by commas. Default: all." };
        var components = new Option<string?>("--components") { Description = "Components, separated by commas. Default: all." };
        var file = new Option<FileInfo?>("--out")
        {
            Description = "Also write the budget between all neighbouring checkpoints: .csv, .jsonl or .parquet.",
            HelpName = "file",
        };
        var store = SharedOptions.Store();
        var catalog = SharedOptions.Catalog();
        var json = SharedOptions.Json();
        var command = new Command(
            "budget",
            "Say what weight decay takes of the weight norms and what the updates add, and which weight decay the norms speak for.")
        {
            choice.Sweep, choice.Published, models, components, file, store, catalog, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var series = await SeriesSource.LoadAsync(
                choice.Read(parsed) ?? PublishedSeries.Name,
                parsed.GetValue(store)!,
                SharedOptions.LoadCatalog(parsed.GetValue(catalog)),
                cancellationToken);
            var filter = new SeriesFilter(
                SharedOptions.Words(parsed.GetValue(models)), SharedOptions.Words(parsed.GetValue(components)), null, null, null, null);
            var chosen = Choose(series, filter);
            if (parsed.GetValue(file) is { } to)
            {
                await WriteAsync(NormBudgets.Create(chosen)!, to, chosen.Name, cancellationToken);
            }

            var summaries = NormBudgets.Summarise(chosen);
            if (parsed.GetValue(json))
            {
                Output.Json(new { series = chosen.Name, budgets = summaries });
            }
            else
            {
                Show(summaries, series);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static SeriesSet Choose(SeriesSet series, SeriesFilter filter)
    {
        if (!series.Has("weight-moments", "norm"))
        {
            throw new ArgumentException(
                $"'{series.Name}' has no norms: the budget needs the analysis weight-moments. Sweep with it, or name another sweep.");
        }

        var known = series.Models.Where(series.Schedules.ContainsKey).ToArray();
        if (known.Length == 0)
        {
            throw new ArgumentException(
                $"Nothing is known of how the models of '{series.Name}' were trained ({string.Join(", ", series.Models)}): "
                    + "give their schedules in a catalog, --catalog FILE (docs/catalog.md).");
        }

        foreach (var model in series.Models.Except(known))
        {
            Output.Note($"{model}: no budget, for the catalog has no schedule of it (docs/catalog.md).");
        }

        return series with
        {
            Tables = series.Tables.Where(table => table.Key is "weight-moments" or "weight-distance")
                .ToDictionary(table => table.Key, table => filter.ApplyStrictly(table.Value)),
        };
    }

    private static async Task WriteAsync(ResultTable table, FileInfo file, string name, CancellationToken cancellationToken)
    {
        var kind = file.Extension.ToLowerInvariant();
        if (kind is not (".csv" or ".jsonl" or ".parquet"))
        {
            throw new ArgumentException($"--out {file.Name}: expected a name that ends in .csv, .jsonl or .parquet, found '{kind}'.");
        }

        file.Directory?.Create();
        await using var stream = file.Create();
        await SeriesCommand.WriteAsync(table, kind[1..], name, stream, cancellationToken);
    }

    private static void Show(IReadOnlyList<NormBudgetSummary> summaries, SeriesSet series)
    {
        var places = series.Models.Select((model, index) => (model, index)).ToDictionary(pair => pair.model, pair => pair.index);
        foreach (var model in summaries.GroupBy(item => item.Model).OrderBy(model => places[model.Key]))
        {
            var schedule = series.Schedules[model.Key];
            Output.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"{model.Key}: peak learning rate {schedule.PeakLearningRate:0.######}, weight decay {schedule.WeightDecay:0.###}, "
                    + $"decay time {model.Max(item => item.DecayTime):0.##}"));
            foreach (var group in model.GroupBy(item => (item.Component, item.Parameter)))
            {
                Output.Line($"  {group.Key.Component} {group.Key.Parameter}: {Describe([.. group])}");
            }
        }
    }

    // Medians over blocks.
    private static string Describe(NormBudgetSummary[] blocks)
    {
        string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
        double Median(Func<NormBudgetSummary, double> of) => Quantiles.Median(blocks.Select(of));
        var (took, added) = (Number(Math.Abs(Median(item => item.Decay))), Number(Median(item => item.NetGrowth)));
        var text = $"decay took {took} and updates added {added} of the last squared norm; "
            + $"last over largest norm {Number(Median(item => item.FinalOverPeak))}";
        RecoveredDecay[] recovered = [.. blocks.Select(item => item.Recovered).OfType<RecoveredDecay>()];
        if (recovered.Length > 0)
        {
            double Of(Func<RecoveredDecay, double> of) => Quantiles.Median(recovered.Select(of));
            var high = Of(item => item.High);
            text += $"; weight decay {Number(blocks[0].WeightDecay)}, the norms say {Number(Of(item => item.WeightDecay))} "
                + $"({Number(Of(item => item.Low))} to {(double.IsFinite(high) ? Number(high) : "any")})";
        }

        double[] shares = [.. blocks.Select(item => item.RandomWalkShare).OfType<double>()];
        return shares.Length > 0 ? $"{text}; random walk's share of the growth {Number(Quantiles.Median(shares))}" : text;
    }
}
