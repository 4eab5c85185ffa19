using PythiaOrleans.Analyses;
using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Tables;
using static TorchSharp.torch;

namespace NormRatio;

/// <summary>How large is the embedding beside the unembedding, and which tokens does the unembedding keep apart?</summary>
public sealed class NormRatioAnalysis : Analysis<NormRatioAnalysis.Row>
{
    public sealed record Row(
        [property: Column("empty: the embedding is in no block")] int? Block,
        [property: Column("embed_in")] string Component,
        [property: Column("weight")] string Parameter,
        [property: Column("Frobenius norm of the embedding over that of the unembedding")] double Ratio,
        [property: Column("cosines of the first 48 tokens' unembedding rows above the diagonal, row by row")] float[] Cosines,
        [property: Column("the tokens")] int[] TokenIds,
        [property: Column("places in token_ids by the norm of the row")] int[] Order);

    public override bool UsesDevice => true;

    public override IDerivedColumns DerivedColumns { get; } = new RatioToFinal();

    protected override AnalysisDescription Describe() => new()
    {
        Name = "norm-ratio", Version = 1, Columns = [], Title = "Embedding over unembedding",
        Question = "How large is the embedding beside the unembedding?", Source = "samples/NormRatio",
        Plots =
        [
            new(PlotKind.Series, "ratio", "Norm of the embedding over the unembedding's", "ratio"),
            new(PlotKind.Series, "ratio_to_final", "The ratio over the final one", "share of the final ratio"),
            new(PlotKind.HeatMap, "cosines", "Cosines of unembedding rows", "cosine"),
        ],
    };

    protected override IEnumerable<Row> Measure(AnalysisInput input, CancellationToken cancellationToken)
    {
        using var embedding = input.Load(new WeightName(Components.EmbedIn, null, "weight"), float64);
        using var unembedding = input.Load(new WeightName(Components.EmbedOut, null, "weight"), float64);
        using var scope = NewDisposeScope();
        var n = (int)Math.Min(48, unembedding.shape[0]);
        var norms = unembedding.square().sum(1).sqrt().narrow(0, 0, n); // [n]
        var unit = unembedding.narrow(0, 0, n) / norms.unsqueeze(1); // [n, d]
        var (cosines, sizes) = (unit.mm(unit.t()).cpu().data<double>().ToArray(), norms.cpu().data<double>().ToArray());
        var (ids, ratio) = (Enumerable.Range(0, n).ToArray(), (embedding.norm() / unembedding.norm()).item<double>());
        float[] above = [.. ids.SelectMany(i => ids.Skip(i + 1).Select(j => (float)cosines[(i * n) + j]))];
        return [new Row(null, Components.EmbedIn, "weight", ratio, above, ids, [.. ids.OrderBy(id => sizes[id])])];
    }

    private sealed class RatioToFinal() : ScalarDerivedColumn("norm-ratio", 1, "ratio_to_final",
        "the ratio over that of the final checkpoint")
    {
        protected override double? Derive(ResultTable table, int row, ResultTable final) =>
            table["ratio"].Number(row) / final["ratio"].Number(0);
    }
}
