using System.CommandLine;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cli.Hosting;
using PythiaOrleans.Cli.Options;
using PythiaOrleans.Reporting.Forecasts;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia changepoints</c>: where series change regime.</summary>
internal static class ChangePointsCommand
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
        var model = new Option<string?>("--model", "-m") { Description = "One model." };
        var component = new Option<string?>("--component") { Description = "One component." };
        var store = SharedOptions.Store();
        var json = SharedOptions.Json();
        var command = new Command(
            "changepoints",
            "Find the steps where series change regime, with intervals.") { sweep, analysis, column, model, component, store, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var series = await SeriesSource.LoadAsync(parsed.GetValue(sweep)!, parsed.GetValue(store)!, cancellationToken);
            var curves = series.Curves(parsed.GetValue(analysis)!, parsed.GetValue(column)!)
                .Where(
                    curve => (parsed.GetValue(model) ?? curve.Model) == curve.Model
                        && (parsed.GetValue(component) ?? curve.Component) == curve.Component).ToArray();
            if (curves.Length == 0)
            {
                throw new ArgumentException(
                    $"'{series.Name}' has no such series: expected an analysis of "
                        + $"{string.Join(", ", series.Tables.Keys)}, one of its columns, and a model of "
                        + $"{string.Join(", ", series.Models)}.");
            }

            var found = curves.Select(curve => new
            {
                curve.Model,
                curve.Component,
                curve.Parameter,
                curve.Block,
                Name = curve.ToString(),
                Points = ChangePoints.Find(curve.Steps, curve.Values),
            }).ToArray();
            if (parsed.GetValue(json))
            {
                Output.Json(
                    found.Select(
                        curve => new { curve.Model, curve.Component, curve.Parameter, curve.Block, change_points = curve.Points }));
                return ExitCode.Done;
            }

            Output.Line(
                $"Changes of course of {parsed.GetValue(column)} ({parsed.GetValue(analysis)}) in '{series.Name}': "
                    + $"{found.Count(curve => curve.Points.Count > 0)} of {found.Length} series have one. Steps with 95 % intervals; none: "
                    + "a smooth curve fits as well as a broken one.");
            Output.Line("");
            foreach (var curve in found)
            {
                var points = string.Join(", ", curve.Points.Select(point => $"{point.Step} ({point.From} to {point.To})"));
                Output.Line($"{curve.Name}: {(points.Length == 0 ? "none" : points)}");
            }

            return ExitCode.Done;
        });
        return command;
    }
}
