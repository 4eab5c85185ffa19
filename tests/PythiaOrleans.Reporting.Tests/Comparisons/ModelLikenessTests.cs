using PythiaOrleans.Core.Tables;
using PythiaOrleans.Reporting.Comparisons;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Reporting.Tests;

public sealed class ModelLikenessTests
{
    private const int Points = 40;

    /// <summary>Two blocks beside four: the first of two ends where the second of four does.</summary>
    [Fact]
    public void Places_AtTheSameDepth_AreMarked_AndEveryPairIsCompared()
    {
        var pair = Assert.Single(ModelLikeness.Compare([("a", Geometry(1, 2), null), ("b", Geometry(2, 4), null)]));
        Assert.Equal(("a", "b", 4 * 6), (pair.Model, pair.Other, pair.Places.Count));
        Assert.Equal(
            [("embed_in", "embed_in"), ("block 0", "block 1"), ("block 1", "block 3"), ("final_layer_norm", "final_layer_norm")],
            pair.Places.Where(place => place.IsSameDepth).Select(place => (place.Place, place.OtherPlace)));
        Assert.All(pair.Places, place => Assert.InRange(place.Cka!.Value, -0.3, 0.3)); // independent states
        Assert.Null(pair.KlTo);
    }

    [Fact]
    public void Places_OfAModelBesideItself_AreTheSame()
    {
        var table = Geometry(1, 3);
        var pair = Assert.Single(ModelLikeness.Compare([("a", table, null), ("again", table, null)]));
        Assert.All(pair.Places, place => Assert.Equal(place.IsSameDepth, place.Cka > 1 - 1e-9));
    }

    /// <summary>By the definition, in both directions; rounding of what is kept takes nothing from a distribution's sum.</summary>
    [Fact]
    public void Divergence_IsThatOfTheKeptDistributions()
    {
        double[][] p = [[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]], q = [[0.2, 0.2, 0.6], [0.4, 0.3, 0.3]];
        var pair = Assert.Single(ModelLikeness.Compare([("a", null, Behaviour(p)), ("b", null, Behaviour(q))]));
        Assert.Equal(Mean(p, q), pair.KlTo!.Value, 2e-3);
        Assert.Equal(Mean(q, p), pair.KlFrom!.Value, 2e-3);
        Assert.NotEqual(pair.KlTo.Value, pair.KlFrom.Value, 1e-2);

        var other = Behaviour([[0.5, 0.5]]); // other tokens: nothing to compare
        Assert.Null(Assert.Single(ModelLikeness.Compare([("a", null, Behaviour(p)), ("b", null, other)])).KlTo);

        var older = new ResultTable([SampleTables.Column("predictions", typeof(int), false, [2])]); // as version 1 of behaviour wrote it
        Assert.Null(Assert.Single(ModelLikeness.Compare([("a", null, Behaviour(p)), ("b", null, older)])).KlTo);

        static double Mean(double[][] p, double[][] q) =>
            p.Zip(q, (a, b) => a.Zip(b, (x, y) => x * Math.Log(x / y)).Sum()).Average();
    }

    private static ResultTable Behaviour(double[][] predictions) => new(
    [
        SampleTables.Column("predictions", typeof(int), false, [predictions.Length]),
        SampleTables.Column(
            ModelLikeness.PredictionsColumn, typeof(float[]), false,
            [predictions.SelectMany(row => row).Select(share => (float)(Half)Math.Log(share)).ToArray()]),
    ]);

    private static ResultTable Geometry(int seed, int blocks)
    {
        var random = new Random(seed);
        (int? Block, string Component)[] places =
        [
            (null, "embed_in"), .. Enumerable.Range(0, blocks).Select(block => ((int?)block, "residual_stream")),
            (null, "final_layer_norm"),
        ];
        return new ResultTable(
        [
            SampleTables.Column("block", typeof(int), true, [.. places.Select(place => (object?)place.Block)]),
            SampleTables.Column("component", typeof(string), false, [.. places.Select(place => place.Component)]),
            SampleTables.Column("kernel", typeof(float[]), false, [.. places.Select(_ => Kernel(random))]),
        ]);
    }

    // Inner products of random states of 60 channels.
    private static float[] Kernel(Random random)
    {
        double[][] states =
        [
            .. Enumerable.Range(0, Points).Select(_ => Enumerable.Range(0, 60).Select(_ => random.NextDouble() - 0.5).ToArray()),
        ];
        return
        [
            .. from a in Enumerable.Range(0, Points)
               from b in Enumerable.Range(a + 1, Points - a - 1)
               select (float)states[a].Zip(states[b], (x, y) => x * y).Sum(),
        ];
    }
}
