using PythiaOrleans.Core.Tables;
using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Reporting.Tests;

/// <summary>Claims about held channels, tables of tokens and rotations, on rows as <c>stream-controls</c> writes them.</summary>
public sealed class StreamControlFindingTests
{
    [Theory]
    [InlineData(2, 0.1, Verdict.Holds)]
    [InlineData(0.5, 0.1, Verdict.Fails)] // five times the dearest other channel
    [InlineData(0.05, -0.001, Verdict.Fails)] // others cost nothing, and this one hardly anything
    public void LargestChannel_IsJudgedBesideTheDearestOther(double held, double control, Verdict expected)
    {
        var report = Judge("largest-channel-is-used", ("held_rise", _ => held), ("control_rise_max", _ => control));
        Assert.Equal(expected, report.Verdict);
        Assert.Equal(held / Math.Max(control, 0.01), Assert.Single(report.Evidence).Value, 1e-12);
    }

    [Theory]
    [InlineData(0.97, 0.2, Verdict.Holds)]
    [InlineData(0.97, 0.8, Verdict.Mixed)]
    [InlineData(0.4, 0.2, Verdict.Mixed)] // a sequential model: attention has been there before
    [InlineData(0.4, 0.8, Verdict.Fails)]
    public void FirstMlp_IsJudgedBesideLaterOnes(double first, double later, Verdict expected)
    {
        var report = Judge("first-mlp-extends-embedding", ("mlp_lookup", block => block == 0 ? first : later));
        Assert.Equal(expected, report.Verdict);
        Assert.Equal([first, later], report.Evidence.Select(item => item.Value));
    }

    [Theory]
    [InlineData(40, 2, 30, 6, Verdict.Holds)]
    [InlineData(40, 30, 30, 6, Verdict.Mixed)]
    [InlineData(40, 30, 30, 28, Verdict.Fails)]
    public void Outliers_ThatARotationRemoves(double plain, double rotated, double largest, double turned, Verdict expected)
    {
        var report = Judge(
            "outliers-belong-to-channels", ("excess_kurtosis", _ => plain), ("rotated_excess_kurtosis", _ => rotated),
            ("largest_over_rms", _ => largest), ("rotated_largest_over_rms", _ => turned));
        Assert.Equal(expected, report.Verdict);
        Assert.Equal(2, report.Evidence.Count);
    }

    [Fact]
    public void Outliers_OfAStreamThatHasNone_AreNotJudged() => Assert.Empty(Judge(
        "outliers-belong-to-channels", ("excess_kurtosis", _ => 0.5), ("rotated_excess_kurtosis", _ => 0.1),
        ("largest_over_rms", _ => 4), ("rotated_largest_over_rms", _ => 3.9)).Evidence);

    // Places of the stream have values at the end of training that depend on the block and nothing else; what the row of the whole model
    // has they lack, and the other way round.
    private static FindingReport Judge(string id, params (string Name, Func<int, double> Value)[] columns)
    {
        const int steps = 20;
        (int? Block, string Component)[] places =
        [
            (null, "embed_in"), (0, "residual_stream"), (1, "residual_stream"), (2, "residual_stream"), (null, "final_layer_norm"),
            (null, "logits"),
        ];
        var rows = (from step in Enumerable.Range(1, steps)
                    from place in places
                    select (Step: step * 50, place.Block, place.Component)).ToArray();
        var table = new ResultTable(
        [
            Column("model", typeof(string), false, _ => "a"), Column("step", typeof(int), false, i => rows[i].Step),
            Column("block", typeof(int), true, i => rows[i].Block), Column("component", typeof(string), false, i => rows[i].Component),
            Column("parameter", typeof(string), false, i => IsWhole(i) ? "batch" : "inner"),
            .. columns.Select(column => Column(column.Name, typeof(double), true, i =>
                IsWhole(i) == (column.Name is "held_rise" or "control_rise_max")
                && (column.Name != "mlp_lookup" || rows[i].Block is not null)
                    ? column.Value(rows[i].Block ?? 99)
                    : null)),
        ]);
        return FindingCatalog.Judge(
            FindingCatalog.All.Single(finding => finding.Id == id), SyntheticSuite.Set("stream-controls", table));

        bool IsWhole(int row) => rows[row].Component == "logits";

        ResultColumn Column(string name, Type type, bool nullable, Func<int, object?> cell) =>
            SampleTables.Column(name, type, nullable, [.. Enumerable.Range(0, rows.Length).Select(cell)]);
    }
}
