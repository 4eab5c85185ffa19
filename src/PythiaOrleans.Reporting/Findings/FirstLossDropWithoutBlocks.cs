using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>
/// How much of the fall of the loss the path from embedding to unembedding has made by itself, when a third of the fall is done and at the
/// end.
/// </summary>
internal sealed class FirstLossDropWithoutBlocks : IFinding
{
    private const double Third = 1 / 3.0;
    private const double Most = 0.5;

    private static readonly Measure Loss = Of("loss on the batch (nats per token)", "loss");
    private static readonly Measure Direct = Of("loss of the path without any block (nats per token)", "direct_path_loss");

    /// <inheritdoc />
    public string Id => "first-loss-drop-without-blocks";

    /// <inheritdoc />
    public string Claim => "the first drop of the loss is that of a model without blocks: embedding straight to unembedding";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Loss, Direct];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var (loss, direct) = (Loss.Curves(series, model).SingleOrDefault(), Direct.Curves(series, model).SingleOrDefault());
            if (loss is null || direct is null || loss.Values.Min() >= loss.First)
            {
                continue;
            }

            var share = loss.Join(direct, (whole, path) => (direct.First - path) / (loss.First - whole));
            var third = loss.First - (Third * (loss.First - loss.Values.Min()));
            var step = loss.Steps[Array.FindIndex(loss.Values, value => value <= third)];
            var at = Array.IndexOf(share.Steps, step);
            if (at < 0)
            {
                continue;
            }

            yield return Direct.Says(
                "first drop", model, "", "share of the fall that the path without blocks has, when a third of the fall is done",
                share.Values[at], $"over {Most:0.#}", share.Values[at] > Most).And(Loss) with
            { Step = step };
            yield return Direct.Says(
                "not the rest", model, "", "the same at the end", share.Last, $"under {Most:0.#}", share.Last < Most).And(Loss);
        }
    }

    private static Measure Of(string name, string column) =>
        new(name, new SeriesColumn("behaviour", column, "logits") { Parameter = "batch", Rows = SeriesRows.Whole });
}
