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

    [Fact]
    public void Sweep_WithoutMoments_SaysWhatItNeeds()
    {
        var error = Assert.Throws<ArgumentException>(
            () => SweepCensus.Create(new SeriesSet("mine", new Dictionary<string, ResultTable>()), ModelCatalog.Default, default));
        Assert.Contains("--analyses weight-moments", error.Message, StringComparison.Ordinal);
    }

    private static SuiteCensus Take(Func<int, int, double[]> weights)
    {
        var rows = (from step in Steps from tensor in Enumerable.Range(0, Tensors.Length) select (Step: step, Tensor: tensor)).ToArray();
        ResultColumn Text(string name, Func<(int Step, int Tensor), string> cell) =>
            SampleTables.Column(name, typeof(string), false, [.. rows.Select(cell)]);
        ResultColumn Number(string name, Func<(int Step, int Tensor), double> cell) =>
            SampleTables.Column(name, typeof(double), false, [.. rows.Select(row => (object)cell(row))]);
        double[] Of((int Step, int Tensor) row) => weights(row.Tensor, row.Step);
        double Distance((int Step, int Tensor) row, int from) =>
            Math.Sqrt(Of(row).Zip(weights(row.Tensor, from), (a, b) => (a - b) * (a - b)).Sum());
        ResultColumn[] keys =
        [
            Text("model", _ => Name), SampleTables.Column("step", typeof(int), false, [.. rows.Select(row => (object)row.Step)]),
            SampleTables.Column("block", typeof(int), true, [.. rows.Select(_ => (object?)null)]),
            Text("component", row => Tensors[row.Tensor]), Text("parameter", _ => "weight"),
        ];
        var moments = new ResultTable(
        [
            .. keys, SampleTables.Column("count", typeof(long), false, [.. rows.Select(_ => (object)(long)Size)]),
            Number("min", row => Of(row).Min()), Number("max", row => Of(row).Max()), Number("mean", row => Of(row).Average()),
            Number("norm", row => Math.Sqrt(Of(row).Sum(value => value * value))),
            Number("excess_kurtosis", row => Of(row).Sum(value => Math.Pow(value, 4))),
        ]);
        var distances = new ResultTable(
        [
            .. keys, SampleTables.Column("reference_step", typeof(int), false, [.. rows.Select(_ => (object)0)]),
            Number("distance", row => Distance(row, 0)),
            Number("previous_distance", row => Distance(row, Steps[Math.Max(0, Array.IndexOf(Steps, row.Step) - 1)])),
        ]);
        var series = new SeriesSet(
            "mine", new Dictionary<string, ResultTable> { ["weight-moments"] = moments, ["weight-distance"] = distances });
        return SweepCensus.Create(series, ModelCatalog.Default, default);
    }

    // A Gaussian start and a movement that grows with the step.
    private static double[] Weights(int tensor, int step)
    {
        var random = new Random(tensor);
        double Gaussian() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return [.. Enumerable.Range(0, Size).Select(_ => (0.02 * Gaussian()) + (1e-5 * step * Gaussian()))];
    }
}
