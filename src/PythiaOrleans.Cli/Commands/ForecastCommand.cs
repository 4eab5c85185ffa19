using System.CommandLine;
using System.Globalization;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cli.Hosting;
using PythiaOrleans.Cli.Options;
using PythiaOrleans.Numerics.Distributions;
using PythiaOrleans.Reporting.Forecasts;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia forecast</c>: the end of training predicted from its beginning, with the error on what really came.</summary>
internal static class ForecastCommand
{
    public static Command Create()
    {
        var sweep = new Argument<string>("sweep") { Description = "The sweep's name, or published." };
        var analysis = new Option<string>("--analysis", "-a")
        {
            Description = "The analysis.",
            DefaultValueFactory = _ => "weight-moments",
        };
        var column = new Option<string>("--column", "-c")
        {
            Description = "The statistic.",
            DefaultValueFactory = _ => "norm",
        };
        var part = new Option<double>("--part")
        {
            Description = "The part of training that is fitted.",
            DefaultValueFactory = _ => 0.4,
        };
        var store = SharedOptions.Store();
        var catalog = SharedOptions.Catalog();
        var json = SharedOptions.Json();
        var command = new Command(
            "forecast", "Fit the first part of each series, predict its end, and compare with what came and with two simple rules.")
        {
            sweep, analysis, column, part, store, catalog, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var series = await SeriesSource.LoadAsync(
                parsed.GetValue(sweep)!, parsed.GetValue(store)!, SharedOptions.LoadCatalog(parsed.GetValue(catalog)), cancellationToken);
            var norms = parsed.GetValue(analysis) == "weight-moments" && parsed.GetValue(column) == "norm";
            var all = Forecasting.Predict(
                [.. series.Curves(parsed.GetValue(analysis)!, parsed.GetValue(column)!)], parsed.GetValue(part),
                norms ? series.Schedules : null);
            if (all.Count == 0)
            {
                throw new ArgumentException(
                    $"'{series.Name}' has no such series with 12 checkpoints in its first part: check --analysis, --column and --part.");
            }

            var groups = all.GroupBy(item => (item.Model, item.Component, item.Parameter)).Select(group => new
            {
                group.Key.Model,
                group.Key.Component,
                group.Key.Parameter,
                Series = group.Count(),
                MedianError = Quantiles.Median(group.Select(item => item.Error)),
                MedianLastValueError = Quantiles.Median(group.Select(item => item.LastValueError)),
                MedianStraightLineError = Quantiles.Median(group.Select(item => item.StraightLineError)),
                Beats = group.Count(item => item.BeatsBaselines),
                Held = group.Count(item => item.IntervalCovered ?? false),
            }).ToArray();
            var beats = all.Count(item => item.BeatsBaselines);
            var budgeted = all.Count(item => item.Law == BudgetForecast.Law);
            var verdict = $"The forecasts beat both simple rules on {beats} of {all.Count} series: "
                + $"{(2 * beats > all.Count ? "the majority" : "not the majority; do not rely on them")}. "
                + $"{budgeted} of them are by the norm budget, the others by an empirical law.";
            var coverage = Coverage(all);
            if (parsed.GetValue(json))
            {
                Output.Json(new { verdict, coverage, groups, forecasts = all });
                return ExitCode.Done;
            }

            Output.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"Forecasts of {parsed.GetValue(column)} ({parsed.GetValue(analysis)}) of '{series.Name}': the end of each series, from "
                    + $"the first {100 * parsed.GetValue(part):0.#} % of its steps."));
            Output.Line(
                "Errors are medians over the blocks of |predicted - measured| / measured; the last two are those of simple rules.");
            Output.Line("");
            var table = new TextTable("model", "component", "parameter", "error", "best on", "of", "last value", "straight line");
            foreach (var group in groups)
            {
                table.Add(
                    group.Model, group.Component, group.Parameter, Number(group.MedianError), $"{group.Beats}", $"{group.Series}",
                    Number(group.MedianLastValueError), Number(group.MedianStraightLineError));
            }

            table.Print();
            Output.Line("");
            Output.Line(verdict);
            Output.Line(coverage);
            return ExitCode.Done;
        });
        return command;
    }

    private static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    // Where the errors behind the intervals come from, and whether the intervals held: in all, and in the model where they held least.
    private static string Coverage(IReadOnlyList<Forecast> all)
    {
        var with = all.Where(item => item.IntervalCovered is not null).ToArray();
        if (with.Length == 0)
        {
            return "There are too few forecasts for 90 % intervals.";
        }

        var others = with.Count(item => item.IntervalFrom == ForecastIntervals.OtherModels);
        var models = with.GroupBy(item => item.Model)
            .Select(model => (Model: model.Key, Held: model.Count(item => item.IntervalCovered == true), Count: model.Count())).ToArray();
        var worst = models.MinBy(model => (double)model.Held / model.Count);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"The 90 % intervals held {models.Sum(model => model.Held)} of {with.Length} ends "
                + $"({100.0 * models.Sum(model => model.Held) / with.Length:0.#} %); least often for {worst.Model}, {worst.Held} of "
                + $"{worst.Count}. {others} come from the errors on other models, the others from errors within the fitted part.");
    }
}
