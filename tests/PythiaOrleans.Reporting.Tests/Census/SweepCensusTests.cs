using System.Runtime.InteropServices;
using System.Security.Cryptography;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Census;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Reporting.Census;
using PythiaOrleans.Reporting.Series;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Reporting.Tests;

/// <summary>A sweep's series, made from small weights that are known: which steps hold tensors of other steps, or of another run.</summary>
public sealed class SweepCensusTests
{
    private const int Size = 400;
    private const string Name = "pythia-160m-weight-seed3"; // has a schedule, and nothing known against it

    private static readonly string[] Tensors = ["embed_in", "attention.dense", "mlp.dense_h_to_4h"];
    private static readonly int[] Steps = [0, 1, 2, 64, 1000, 2000, 3000, 4000];

    [Fact]
    public void Sweep_AsItShouldBe_HasNoFaults()
    {
        var census = Take(Weights);
        Assert.Empty(census.Models.SelectMany(model => model.Faults));
        var revisions = Assert.Single(census.Models).Revisions;
        Assert.Equal(Steps, revisions.Select(revision => revision.Step!.Value));
        Assert.All(revisions, revision => Assert.Equal(3 * Size, revision.Parameters));
        Assert.All(revisions, revision => Assert.NotNull(revision.Movement));
    }

    /// <summary>EleutherAI/pythia#206: one part of a step's weights is the final model's.</summary>
    [Fact]
    public void Step_WithATensorOfTheLastOne_IsPartlyForeign()
    {
        var census = Take((tensor, step) => Weights(tensor, step == 2000 && tensor == 1 ? 4000 : step));
        var fault = Assert.Single(census.Models.Single().Faults);
        Assert.Equal((2000, FaultKind.ForeignTensors, CensusSeverity.Bad), (fault.Step!.Value, fault.Kind, fault.Severity));
        Assert.Equal("33.3 % of the weights are those of step 4000", fault.Detail);
    }

    /// <summary>EleutherAI/pythia#205 and allenai/OLMo#915: whole steps; the last one is right.</summary>
    [Fact]
    public void Steps_WithAllWeightsOfOthers_AreCopies()
    {
        var census = Take((tensor, step) => Weights(tensor, step switch { 1000 or 2000 => 3000, 64 => 4000, _ => step }));
        Assert.Equal([64, 1000, 2000, 3000], census.KnownBad[Name].Keys.Order());
        Assert.Equal("all weights are those of step 4000", census.KnownBad[Name][64]);
    }

    /// <summary>Pythia#83: the first steps may be equal. A tensor that is never trained is no copy either.</summary>
    [Fact]
    public void FirstSteps_AndTensorsThatAreNotTrained_MayBeEqual()
    {
        var census = Take((tensor, step) => Weights(tensor, tensor == 2 || step <= 2 ? 0 : step));
        Assert.Empty(census.KnownBad);
        Assert.Equal([1, 2], census.Models.Single().Faults.Select(fault => fault.Step!.Value));
    }

    /// <summary>EleutherAI/pythia#203: from step 1 on the weights are those of a run with another start.</summary>
    [Fact]
    public void Run_ThatDoesNotDescendFromItsStart_IsForeign()
    {
        var census = Take((tensor, step) => step == 0 ? Weights(tensor + 50, 0) : Weights(tensor, step));
        Assert.Equal(Steps[1..], census.KnownBad[Name].Keys.Order());
        Assert.All(census.KnownBad[Name].Values, reason => Assert.Contains("own step 0: at step 1 ", reason, StringComparison.Ordinal));
    }

    /// <summary>The same values in another order: their statistics are equal, their bytes are not.</summary>
    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 0)]
    public void Tensor_WithTheValuesOfAnotherInAnotherOrder_IsNoCopyByItsDigest(bool hasDigests, int expected)
    {
        var census = Take(
            (tensor, step) => step == 2000 && tensor == 1 ? [.. Weights(1, 4000).Reverse()] : Weights(tensor, step), hasDigests);
        Assert.Equal(expected, census.Models.Single().Faults.Count());
        Assert.Equal($"sweep mine, by {(hasDigests ? "digests" : "statistics")} of the tensors", census.Source);
    }

    /// <summary>A third of two steps is the same; steps 1000 and 3000 are wholly.</summary>
    [Fact]
    public void Identical_HasEveryPairOfStepsThatSharesTensors()
    {
        var census = Take(
            (tensor, step) => Weights(tensor, step == 1000 ? 3000 : step == 2000 && tensor == 1 ? 4000 : step), hasDigests: true);
        Assert.Equal(
            [(1000, 3000, 1), (2000, 4000, 1 / 3.0), (3000, 1000, 1), (4000, 2000, 1 / 3.0)],
            census.Models.Single().Identical.Select(pair => (pair.Step, pair.Other, pair.Share)));
        var page = CensusPage.Create(census);
        Assert.Contains("2 pairs of steps share tensors:", page, StringComparison.Ordinal);
        Assert.Contains("<td>2000</td><td>4000</td><td>33.3 %</td>", page, StringComparison.Ordinal);
    }

    /// <summary>EleutherAI/pythia#203: runs with starts of their own share a step. Runs with one start may share it while nothing
    /// moved.</summary>
    [Fact]
    public void Steps_WithTheWeightsOfAnotherModel_AreFound()
    {
        const string Second = "pythia-160m-data-seed1";
        const string Third = "pythia-160m-data-seed2";
        static double[] Run(int tensor, int step, int run) => Weights(tensor, step <= 2 ? 0 : step + run);
        var census = Take(
        [
            (Name, (tensor, step) => Run(tensor, step, 0)),
            (Second, (tensor, step) => Run(tensor, step, step == 2000 ? 0 : 7)),
            (Third, (tensor, step) => step == 0 ? Weights(tensor + 50, 0) : step == 2 ? Weights(tensor, 2) : Run(tensor, step, 13)),
        ], hasDigests: true);
        IEnumerable<int> Found(string model) => census.Models.Single(one => one.Model == model).Faults
            .Where(fault => fault.Kind == FaultKind.SameAsModel).Select(fault => fault.Step!.Value);
        Assert.Equal([2000], Found(Name));
        Assert.Equal([2000], Found(Second));
        Assert.Equal([1], Found(Third));
        Assert.StartsWith(
            $"all weights are those of {Name} at step 0, {Name} at step 1, {Name} at step 2", census.KnownBad[Third][1],
            StringComparison.Ordinal);
    }

    [Fact]
    public void Step_ThatLacksATensor_HasOtherTensors()
    {
        var census = Take((tensor, step) => tensor == 2 && step == 3000 ? null : Weights(tensor, step));
        var fault = Assert.Single(census.Models.Single().Faults);
        Assert.Equal((3000, FaultKind.OtherTensors, CensusSeverity.Bad), (fault.Step!.Value, fault.Kind, fault.Severity));
        Assert.Equal(2 * Size, census.Models.Single().Revisions.Single(revision => revision.Step == 3000).Parameters);
    }

    [Fact]
    public void Step_OfAnotherPrecision_IsNoted()
    {
        var census = Take((tensor, step) => step == 3000
            ? [.. Weights(tensor, step).Select(value => (double)(Half)value)] : Weights(tensor, step), hasDigests: true);
        var fault = Assert.Single(census.Models.Single().Faults);
        Assert.Equal((3000, FaultKind.OtherTypes, CensusSeverity.Note), (fault.Step!.Value, fault.Kind, fault.Severity));
        Assert.Equal("its values are half-precision numbers, those of most steps of full precision", fault.Detail);
    }

    [Fact]
    public void Sweep_WithoutMoments_SaysWhatItNeeds()
    {
        var error = Assert.Throws<ArgumentException>(
            () => SweepCensus.Create(new SeriesSet("mine", new Dictionary<string, ResultTable>()), ModelCatalog.Default, default));
        Assert.Contains("--analyses weight-moments", error.Message, StringComparison.Ordinal);
    }

    private sealed record Row(string Model, int Step, int Tensor, double[] Values, double[] Start, double[] Before);

    private static SuiteCensus Take(Func<int, int, double[]?> weights, bool hasDigests = false) => Take([(Name, weights)], hasDigests);

    private static SuiteCensus Take((string Model, Func<int, int, double[]?> Weights)[] models, bool hasDigests)
    {
        Row[] rows =
        [
            .. from model in models
               from step in Steps
               from tensor in Enumerable.Range(0, Tensors.Length)
               let values = model.Weights(tensor, step)
               where values is not null
               select new Row(
                   model.Model, step, tensor, values, model.Weights(tensor, 0)!,
                   model.Weights(tensor, Steps[Math.Max(0, Array.IndexOf(Steps, step) - 1)]) ?? values),
        ];
        var tables = new Dictionary<string, ResultTable> { ["weight-moments"] = Moments(rows), ["weight-distance"] = Distances(rows) };
        if (hasDigests)
        {
            tables["tensor-digests"] = Digests(rows);
        }

        return SweepCensus.Create(new SeriesSet("mine", tables), ModelCatalog.Default, default);
    }

    // Sums of sorted values, as those of counted ones: they do not depend on the order of the values.
    private static ResultTable Moments(Row[] rows)
    {
        ResultColumn Of(string name, Func<double[], double> cell) => Number(rows, name, row => cell([.. row.Values.Order()]));
        return new ResultTable(
        [
            .. Keys(rows), SampleTables.Column("count", typeof(long), false, [.. rows.Select(_ => (object)(long)Size)]),
            Of("min", values => values.Min()), Of("max", values => values.Max()), Of("mean", values => values.Average()),
            Of("norm", values => Math.Sqrt(values.Sum(value => value * value))),
            Of("excess_kurtosis", values => values.Sum(value => Math.Pow(value, 4))),
        ]);
    }

    private static ResultTable Distances(Row[] rows)
    {
        static double Distance(double[] one, double[] other) => Math.Sqrt(one.Zip(other, (a, b) => (a - b) * (a - b)).Sum());
        return new ResultTable(
        [
            .. Keys(rows), SampleTables.Column("reference_step", typeof(int), false, [.. rows.Select(_ => (object)0)]),
            Number(rows, "distance", row => Distance(row.Values, row.Start)),
            Number(rows, "previous_distance", row => Distance(row.Values, row.Before)),
        ]);
    }

    private static ResultTable Digests(Row[] rows) => new(
    [
        .. Keys(rows), Text(rows, "sha256", row => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(row.Values.AsSpan())))),
        Flag(rows, "on_half_grid", row => row.Values.All(value => (double)(Half)value == value)),
        Flag(rows, "on_bfloat16_grid", _ => false),
    ]);

    private static ResultColumn[] Keys(Row[] rows) =>
    [
        Text(rows, "model", row => row.Model),
        SampleTables.Column("step", typeof(int), false, [.. rows.Select(row => (object)row.Step)]),
        SampleTables.Column("block", typeof(int), true, [.. rows.Select(_ => (object?)null)]),
        Text(rows, "component", row => Tensors[row.Tensor]),
        Text(rows, "parameter", _ => "weight"),
    ];

    private static ResultColumn Text(Row[] rows, string name, Func<Row, string> cell) =>
        SampleTables.Column(name, typeof(string), false, [.. rows.Select(cell)]);

    private static ResultColumn Number(Row[] rows, string name, Func<Row, double> cell) =>
        SampleTables.Column(name, typeof(double), false, [.. rows.Select(row => (object)cell(row))]);

    private static ResultColumn Flag(Row[] rows, string name, Func<Row, bool> cell) =>
        SampleTables.Column(name, typeof(bool), false, [.. rows.Select(row => (object)cell(row))]);

    // A Gaussian start and a movement that grows with the step.
    private static double[] Weights(int tensor, int step)
    {
        var random = new Random(tensor);
        double Gaussian() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return [.. Enumerable.Range(0, Size).Select(_ => (0.02 * Gaussian()) + (1e-5 * step * Gaussian()))];
    }
}
