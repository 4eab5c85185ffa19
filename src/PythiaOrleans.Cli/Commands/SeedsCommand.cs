using System.CommandLine;
using System.Globalization;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cli.Hosting;
using PythiaOrleans.Cli.Options;
using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.Plots;
using PythiaOrleans.Reporting.Seeds;
using PythiaOrleans.Reporting.TrainingMaps;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia seeds</c>: what a seed changes, and which runs leave the path of the others.</summary>
internal static class SeedsCommand
{
    public static Command Create() => new(
        "seeds",
        "Models that were trained several times: means and bands, agreement with claims, training maps.\n\n"
            + "  pythia seeds band polypythias-160m --component mlp.dense_h_to_4h --out band.svg\n"
            + "  pythia seeds findings polypythias-160m\n"
            + "  pythia seeds map polypythias-410m --out map.svg")
    {
        Band(),
        Findings(),
        Map(),
    };

    private static Command Band()
    {
        var (weights, store, json) = (new WeightOptions(), SharedOptions.Store(), SharedOptions.Json());
        var file = new Option<string?>("--out") { Description = "Also draw means and bands: a .png, .svg or .pdf file." };
        var command = new Command("band", "Mean and standard deviation over seeds, and the share of variance between models.")
        {
            store, json, file,
        };
        weights.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var series = await SeriesSource.LoadAsync(weights.Sweep(parsed), parsed.GetValue(store)!, cancellationToken);
            var all = weights.Read(parsed, series);
            var component = weights.Component(parsed, all);
            var curves = all.Where(curve => curve.Component == component).ToArray();
            var (bands, correlation) = (SeedBand.From(curves), SeedBand.Correlation(curves));
            if (parsed.GetValue(file) is { } target)
            {
                var format = OutputFile.FormatOf(target);
                var drawn = SeedPlot.Draw(bands, $"{weights.Label(parsed)} of {component}", weights.Column(parsed), format);
                await File.WriteAllBytesAsync(target, drawn, cancellationToken);
                Output.Note($"Wrote {target}.");
            }

            if (parsed.GetValue(json))
            {
                Output.Json(new { component, correlation, bands });
                return ExitCode.Done;
            }

            Output.Line($"{weights.Label(parsed)} of {component}, median over blocks, at the last step");
            foreach (var band in bands)
            {
                Output.Line(string.Create(CultureInfo.InvariantCulture,
                    $"{band.Group}: runs: {band.Runs.Count}, mean {band.Mean[^1]:G5}, standard deviation {band.Deviation[^1]:G3}"));
            }

            Output.Line(double.IsNaN(correlation)
                ? "Intraclass correlation: needs two models, one of them with two seeds."
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"Intraclass correlation: {Math.Max(correlation, 0):0.000} of the variance is between models."));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Findings()
    {
        var (sweep, store, json) = (SharedOptions.Sweep(), SharedOptions.Store(), SharedOptions.Json());
        var command = new Command("findings", "How many seeds agree with each claim, with exact 95 % intervals.") { sweep, store, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var series = await SeriesSource.LoadWithEvaluationsAsync(
                parsed.GetValue(sweep)!, parsed.GetValue(store)!, ModelCatalog.Default, cancellationToken);
            var found = SeedAgreement.Count(FindingCatalog.Judge(series), series.Models);
            if (parsed.GetValue(json))
            {
                Output.Json(found);
                return ExitCode.Done;
            }

            foreach (var one in found)
            {
                Output.Line(string.Create(CultureInfo.InvariantCulture,
                    $"{one.Finding} {one.Group}: {one.Agreeing} of {one.Judged} seeds agree [{one.Low:0.00}, {one.High:0.00}]"));
            }

            Output.Line(
                found.Count > 0 ? $"{found.Count} pairs of a claim and a model with several seeds." : "No model has several seeds.");
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Map()
    {
        var (sweep, store, json) = (SharedOptions.Sweep(), SharedOptions.Store(), SharedOptions.Json());
        var states = new Option<int?>("--states")
        {
            Description = "How many states. Default: by the Bayesian information criterion, up to 8.",
        };
        var file = new Option<string?>("--out") { Description = "Also draw the map: an .svg file.", HelpName = "file" };
        var command = new Command(
            "map",
            "Training as a walk through a few states (a hidden Markov model of the weights' statistics), and runs that leave the path.")
        {
            sweep, states, file, store, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(states) is < 1 or > 8)
            {
                throw new ArgumentException($"--states: expected 1 to 8, found {parsed.GetValue(states)}.");
            }

            var series = await SeriesSource.LoadAsync(parsed.GetValue(sweep)!, parsed.GetValue(store)!, cancellationToken);
            var map = TrainingMap.Create(series, parsed.GetValue(states));
            if (parsed.GetValue(file) is { } target)
            {
                OutputFile.FormatOf(target, PictureFormat.Svg);
                await File.WriteAllTextAsync(target, TrainingMapPicture.Draw(map), cancellationToken);
                Output.Note($"Wrote {target}.");
            }

            if (parsed.GetValue(json))
            {
                Output.Json(map);
            }
            else
            {
                Print(map);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static void Print(TrainingMap map)
    {
        Output.Line($"{map.States} states, from {string.Join(", ", map.Features)}");
        foreach (var (run, path) in map.Paths)
        {
            Output.Line($"{run}: {string.Concat(path)}");
        }

        foreach (var edge in map.Edges)
        {
            var changes = edge.Changes.Select(change => string.Create(
                CultureInfo.InvariantCulture, $"{change.Feature} {change.Change:+0.0;-0.0}"));
            Output.Line($"{edge.From} to {edge.To}, runs: {edge.Runs}, in standard deviations: {string.Join(", ", changes)}");
        }

        foreach (var departure in map.DescribeDepartures())
        {
            Output.Line(departure);
        }
    }
}
