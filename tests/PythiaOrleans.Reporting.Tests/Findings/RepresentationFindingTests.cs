using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.Series;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Reporting.Tests;

/// <summary>Claims about heads, predictions, the meaning of directions, and the spectra of two families.</summary>
public sealed class RepresentationFindingTests
{
    private static readonly string[] Models = ["a"];

    [Theory]
    [InlineData(0.01, 0.8, Verdict.Holds)]
    [InlineData(0.09, 0.8, Verdict.Mixed)] // meaningful from the start
    [InlineData(0.01, 0.99, Verdict.Mixed)] // settled in the second half
    [InlineData(0.04, 0.99, Verdict.Mixed)]
    public void Directions_ThatBecomeCoherentAndDrift(double early, double kept, Verdict expected)
    {
        var report = Judge("svd-directions-gain-meaning", SyntheticSuite.Set("svd-directions", SyntheticSuite.Table(
            Models, [(Components.MlpIn, "weight")], [0, 1],
            ("coherence", (_, t, _) => early + ((0.1 - early) * t)), ("previous_overlap", (_, t, _) => t < 0.5 ? 0.1 : kept))));
        Assert.Equal(expected, report.Verdict);
    }

    [Fact]
    public void Directions_ThatNeverMeanAnything_AreNotAskedWhetherTheyDidEarly()
    {
        var report = Judge("svd-directions-gain-meaning", SyntheticSuite.Set("svd-directions", SyntheticSuite.Table(
            Models, [(Components.MlpIn, "weight")], [0, 1], ("coherence", (_, _, _) => 0.001))));
        Assert.Equal(["meaning at the end"], report.Parts.Select(part => part.Name));
        Assert.Equal(Verdict.Fails, report.Verdict);
    }

    /// <summary>Each model is compared with the one of GPT-2's kind that is nearest in size; alone it is not judged.</summary>
    [Theory]
    [InlineData(-0.2, Verdict.Holds)]
    [InlineData(-0.8, Verdict.Fails)]
    public void Spectra_AreComparedWithAModelThatHasPositions(double slope, Verdict expected)
    {
        var own = Slopes("pythia", slope, Components.MlpIn, [0, 1]);
        Assert.Empty(Judge("spectra-flatter-than-gpt2", SyntheticSuite.Set("weight-spectrum", own)).Evidence);

        var report = Judge("spectra-flatter-than-gpt2", SyntheticSuite.Set("weight-spectrum", Joined(
            own, Slopes("gpt2", -0.5, Components.MlpIn, [0, 1]), Slopes("gpt2", -0.1, Components.EmbedPosition, [null]))));
        Assert.Equal(expected, report.Verdict);
        var judged = Assert.Single(report.Evidence, item => item.Agrees is not null);
        Assert.Equal(("pythia", slope), (judged.Model, judged.Value));
        Assert.Contains("-0.5, that of gpt2", judged.Expected, StringComparison.Ordinal);

        static ResultTable Slopes(string model, double value, string component, int?[] blocks) => SyntheticSuite.Table(
            [model], [(component, "weight")], blocks, ("log_log_slope", (_, _, _) => value));

        static ResultTable Joined(params ResultTable[] tables) => new(
        [
            .. tables[0].Columns.Select(column => SampleTables.Column(
                column.Schema.Name, column.Schema.Type, column.Schema.Nullable,
                [.. tables.SelectMany(table => table[column.Schema.Name].Cells)])),
        ]);
    }

    /// <summary>A path without blocks that falls as far as the loss does until a third, and then stays.</summary>
    [Theory]
    [InlineData(7.5, Verdict.Holds)]
    [InlineData(10, Verdict.Mixed)] // never falls
    [InlineData(0, Verdict.Mixed)] // falls all the way: the blocks add nothing
    public void FirstDropOfTheLoss_WithoutBlocks(double floor, Verdict expected)
    {
        var report = Judge("first-loss-drop-without-blocks", SyntheticSuite.Set("behaviour", SyntheticSuite.Table(
            Models, [("logits", "batch")], [null],
            ("loss", (_, t, _) => 10 - (8 * t)), ("direct_path_loss", (_, t, _) => Math.Max(floor, 10 - (8 * t))))));
        Assert.Equal(expected, report.Verdict);
        Assert.Equal(2, report.Parts.Count);
    }

    /// <summary>A score that jumps at a tenth of training, and one that grows as the steps do.</summary>
    [Theory]
    [InlineData(true, 0.1, Verdict.Holds)]
    [InlineData(true, 0.5, Verdict.Mixed)]
    [InlineData(false, 0.5, Verdict.Mixed)]
    [InlineData(false, 0.05, Verdict.Fails)]
    public void InductionHeads_ThatJump(bool jumps, double contextFrom, Verdict expected)
    {
        var heads = SyntheticSuite.Table(
            Models, [("attention.repeated", "head0"), ("attention.repeated", "head1")], [0, 1],
            ("induction", (block, t, _) => block == 0 ? 0.01 : jumps ? (t < 0.1 ? 0.01 : 0.6) : 0.6 * t));
        var behaviour = SyntheticSuite.Table(
            Models, [("logits", "batch")], [null], ("in_context_score", (_, t, _) => t < contextFrom ? 0 : -0.4));
        var report = Judge("induction-heads-form-suddenly", SyntheticSuite.Set(("attention-heads", heads), ("behaviour", behaviour)));
        Assert.Equal(expected, report.Verdict);

        var none = SyntheticSuite.Table(
            Models, [("attention.repeated", "head0")], [0, 1], ("induction", (_, t, _) => 0.05 * t));
        Assert.Empty(Judge("induction-heads-form-suddenly", SyntheticSuite.Set("attention-heads", none)).Evidence);
    }

    private static FindingReport Judge(string id, SeriesSet series) =>
        FindingCatalog.Judge(FindingCatalog.All.Single(finding => finding.Id == id), series);
}
