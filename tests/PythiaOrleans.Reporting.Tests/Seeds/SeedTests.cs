using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.Plots;
using PythiaOrleans.Reporting.Report;
using PythiaOrleans.Reporting.Seeds;
using PythiaOrleans.Reporting.Series;
using PythiaOrleans.Reporting.TrainingMaps;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Reporting.Tests;

/// <summary>Seeds: groups, bands, agreement, training maps.</summary>
public sealed class SeedTests
{
    [Theory]
    [InlineData("pythia-160m-seed3", "pythia-160m")]
    [InlineData("pythia-160m", "pythia-160m")]
    [InlineData("pythia-160m-data-seed1", "pythia-160m-data")]
    [InlineData("alias-gpt2-small-x21", "gpt2-small")]
    [InlineData("eowyn-gpt2-medium-x777", "gpt2-medium")]
    [InlineData("olmo-2-7b", "olmo-2-7b")]
    public void Group_IsTheModelWithoutItsSeed(string model, string expected) => Assert.Equal(expected, SeedGroups.NameOf(model));

    [Fact]
    public void Band_IsMeanAndDeviationOverSeeds()
    {
        Curve[] curves =
        [
            Curve("m", [10, 20], [1, 4]), Curve("m-seed1", [10, 20], [3, 6]), Curve("m-seed2", [10, 20, 30], [5, 8, 9]),
            Curve("n", [10, 20], [100, 200]),
        ];
        var bands = SeedBand.From(curves);
        Assert.Equal(["m", "n"], bands.Select(band => band.Group));
        Assert.Equal([10, 20], bands[0].Steps);
        Assert.Equal([3, 6], bands[0].Mean);
        Assert.Equal([2, 2], bands[0].Deviation);
        Assert.Equal([0, 0], bands[1].Deviation);
        Assert.InRange(SeedBand.Correlation(curves), 0.99, 1);
        Assert.True(double.IsNaN(SeedBand.Correlation(curves[..1])));
    }

    [Fact]
    public void Plot_OfBands_IsDrawn()
    {
        var bands = SeedBand.From([Curve("m", [1, 2], [1, 4]), Curve("m-seed1", [1, 2], [3, 6])]);
        var svg = System.Text.Encoding.UTF8.GetString(SeedPlot.Draw(bands, "norms", "norm", PictureFormat.Svg));
        Assert.Contains("m (2)", svg, StringComparison.Ordinal);
    }

    [Fact]
    public void Agreement_CountsSeedsWithExactIntervals()
    {
        Evidence[] evidence =
        [
            .. Enumerable.Range(1, 5).Select(seed => new Evidence($"m-seed{seed}", "c", "q", 1, "1", seed < 5) { Part = "" }),
            new Evidence("other", "c", "q", 1, "1", true),
        ];
        var report = new FindingReport("a-claim", "a claim", Verdict.Mixed, "", evidence, []);
        var found = Assert.Single(SeedAgreement.Count([report], [.. evidence.Select(item => item.Model)]));
        Assert.Equal(("a-claim", "m", 4, 5), (found.Finding, found.Group, found.Agreeing, found.Judged));
        Assert.Equal((0.2836, 0.9949), (Math.Round(found.Low, 4), Math.Round(found.High, 4)));
    }

    /// <summary>PolyPythias, figure 4: of ten runs of 410M the seeds 3 and 4 leave the path of the others, late in training.</summary>
    [Fact]
    public void Departures_OfThePublishedMap_AreTheTwoRunsOfThePaper()
    {
        var rows = File.ReadLines(SharedData.PathOf("polypythias-training-maps.tsv")).Skip(1).Select(line => line.Split('\t')).ToArray();
        var runs = rows.GroupBy(row => row[4]).ToDictionary(
            run => run.Key,
            run => (IReadOnlyList<int>)[.. run.OrderBy(row => Number(row[3])).Select(row => Number(row[2]))]);
        Assert.Equal(10, runs.Count);

        var departures = RunPaths.FindDepartures(runs);
        Assert.Equal(["3", "4"], departures.Select(departure => departure.Run).Order(StringComparer.Ordinal));
        var steps = rows.Select(row => Number(row[3])).Distinct().Order().ToArray();
        Assert.All(departures, departure => Assert.InRange(steps[departure.At], 10_000, 80_000));
    }

    /// <summary>Three runs that part three ways have no path of most; one that goes on where the others stay has left it.</summary>
    [Fact]
    public void Departures_AreFromAPathThatMostRunsTake()
    {
        Assert.Empty(RunPaths.FindDepartures(Runs([0, 1, 2], [0, 1, 3], [0, 1, 4])));
        var departure = Assert.Single(RunPaths.FindDepartures(Runs([0, 1, 1], [0, 1, 1], [0, 1, 2])));
        Assert.Equal(new RunDeparture("run2", 2, 1, 2), departure);

        static Dictionary<string, IReadOnlyList<int>> Runs(params int[][] paths) =>
            paths.Index().ToDictionary(path => $"run{path.Index}", path => (IReadOnlyList<int>)path.Item);
    }

    /// <summary>Three phases of four runs, of which one goes back to the first: the map shows them, and which run it is.</summary>
    [Fact]
    public void Map_OfRunsWithPhases_FindsPhasesAndTheRunThatLeaves()
    {
        var random = new Random(7);
        double Phase(double fraction, int run) => fraction < 0.3 ? 0 : fraction < 0.7 ? 5 : run == 3 ? 0 : 10;
        var series = SyntheticSuite.Set("weight-moments", SyntheticSuite.Table(
            ["a", "b", "c", "d"], [("mlp.dense_h_to_4h", "weight"), ("mlp.dense_h_to_4h", "bias")], [0, 1],
            ("norm", (_, t, run) => Phase(t, run) + random.NextDouble()),
            ("mean", (_, t, run) => -Phase(t, run) + random.NextDouble()),
            ("std", (_, _, _) => 1 + random.NextDouble())));

        var map = TrainingMap.Create(series, states: 3);
        Assert.Equal(
            $"{new string('0', 29)}{new string('1', 40)}{new string('2', 31)}", string.Concat(map.Paths["a"]));
        var departure = Assert.Single(map.Departures);
        Assert.Equal(("d", 1, 0), (departure.Run, departure.From, departure.To));
        Assert.InRange(map.Steps["d"][departure.At], 69_000, 71_000);
        var edge = map.Edges.First(edge => (edge.From, edge.To) == (1, 2));
        Assert.Equal(3, edge.Runs);
        Assert.Contains(edge.Changes, change => change is { Feature: "norm of weights", Change: > 0.5 });
        Assert.Contains("Training map: 3 states", TrainingMapPicture.Draw(map), StringComparison.Ordinal);
    }

    /// <summary>Two models, one with three seeds, one alone: bands of both, the map of the first, and no section without seeds.</summary>
    [Fact]
    public void Report_OfSeeds_HasBandsAgreementsAndMaps()
    {
        string[] models = ["m", "m-seed1", "m-seed2", "n"];
        var random = new Random(3);
        var series = SyntheticSuite.Set("weight-moments", SyntheticSuite.Table(
            models, [("mlp.dense_h_to_4h", "weight"), ("embed_in", "weight")], [0, 1],
            ("norm", (_, t, run) => (run == 3 ? 50 : run) + (10 * t)),
            ("std", (_, t, _) => (t < 0.5 ? 1 : 5) + (0.1 * random.NextDouble()))));
        Evidence[] evidence = [.. models.Select(model => new Evidence(model, "c", "q", 1, "1", model != "m") { Part = "" })];
        var seeds = SeedPanels.Create(series, [new FindingReport("a-claim", "a claim", Verdict.Mixed, "", evidence, [])], models)!;

        var group = Assert.Single(seeds.Groups);
        Assert.Equal(("m", 3), (group.Name, group.Runs.Count));
        Assert.Contains("Training map", group.Map, StringComparison.Ordinal);
        Assert.Equal(["mlp.dense_h_to_4h", "embed_in"], seeds.Bands.Select(panel => panel.Title));
        var panel = seeds.Bands[0];
        Assert.Equal([("m", 0, 3), ("n", 3, 1)], panel.Bands.Select(band => (band.Name, band.Model, band.Runs)));
        Assert.Equal((10, 11, 12), (panel.Bands[0].Low[^1], panel.Bands[0].Y[^1], panel.Bands[0].High[^1]));
        Assert.Equal((60, 60), (panel.Bands[1].Low[^1], panel.Bands[1].High[^1]));
        Assert.InRange(panel.Correlation!.Value, 0.99, 1);
        var agreement = Assert.Single(seeds.Agreements);
        Assert.Equal(("a-claim", "m", 2, 3), (agreement.Finding, agreement.Group, agreement.Agreeing, agreement.Judged));
        Assert.Equal((0.094, 0.992), (agreement.Low, agreement.High)); // scipy.stats.beta.ppf

        Assert.Null(SeedPanels.Create(series, [], ["m", "n"]));
    }

    private static Curve Curve(string model, int[] steps, double[] values) => new(model, "c", "weight", 0, steps, values);

    private static int Number(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
