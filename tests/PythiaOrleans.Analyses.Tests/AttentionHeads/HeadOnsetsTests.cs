using PythiaOrleans.Analyses.AttentionHeads;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Analyses.Tests;

public sealed class HeadOnsetsTests
{
    /// <summary>Half of the final value is reached first at step 20; a head that ends below 0.1 has no onset.</summary>
    [Fact]
    public void Onset_IsTheFirstStepOverHalfOfTheFinalValue()
    {
        var columns = Derive(("head0", [0.01, 0.2, 0.45, 0.3, 0.8]), ("head1", [0.05, 0.09, 0.02, 0.09, 0.09]));
        Assert.All(Rows(columns["induction_onset"], 0), onset => Assert.Equal(20, onset));
        Assert.All(Rows(columns["induction_onset"], 1), Assert.Null);
        Assert.Equal(
            ["duplicate_token_onset", "induction_onset", "previous_token_onset", "sink_onset"], columns.Keys.Order(StringComparer.Ordinal));
    }

    /// <summary>A head whose value is missing at the end has none; one that has it from the start has the first step.</summary>
    [Fact]
    public void Onset_OfMissingValues_IsMissing()
    {
        var columns = Derive(("head0", [0.5, 0.5, 0.5, 0.5, double.NaN]), ("head1", [0.5, 0.4, 0.5, 0.6, 0.5]));
        Assert.All(Rows(columns["sink_onset"], 0), Assert.Null);
        Assert.All(Rows(columns["sink_onset"], 1), onset => Assert.Equal(0, onset));
    }

    private static IEnumerable<object?> Rows(ResultColumn column, int head) => column.Cells.Where((_, row) => row % 2 == head);

    // Steps 0, 10 ... of two heads, in the order of series.
    private static Dictionary<string, ResultColumn> Derive(params (string Head, double[] Scores)[] heads)
    {
        var rows = Enumerable.Range(0, heads[0].Scores.Length)
            .SelectMany(at => heads.Select(head => (Step: 10 * at, head.Head, Score: head.Scores[at])))
            .ToArray();
        object?[] scores = [.. rows.Select(row => (object)row.Score)];
        return new HeadOnsets().DeriveFromSeries(new ResultTable(
        [
            SampleTables.Column("model", typeof(string), false, [.. rows.Select(_ => "m")]),
            SampleTables.Column("step", typeof(int), false, [.. rows.Select(row => row.Step)]),
            SampleTables.Column("block", typeof(int), true, [.. rows.Select(_ => 1)]),
            SampleTables.Column("component", typeof(string), false, [.. rows.Select(_ => "attention.repeated")]),
            SampleTables.Column("parameter", typeof(string), false, [.. rows.Select(row => row.Head)]),
            SampleTables.Column("induction", typeof(double), false, scores),
            SampleTables.Column("previous_token", typeof(double), false, scores),
            SampleTables.Column("duplicate_token", typeof(double), false, scores),
            SampleTables.Column("sink", typeof(double), false, scores),
        ])).ToDictionary(column => column.Schema.Name);
    }
}
