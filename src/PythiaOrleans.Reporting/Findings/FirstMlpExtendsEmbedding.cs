using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>How much of what each block's MLP adds at the end a table by token explains.</summary>
/// <remarks>
/// Where the MLP reads the stream beside the attention, as in Pythia, block 0's reads the embedding alone, and the claim is true by
/// construction; models whose MLP reads what attention has added are the control.
/// </remarks>
internal sealed class FirstMlpExtendsEmbedding : IFinding
{
    private const double NearlyAll = 0.9;
    private const double Half = 0.5;

    private static readonly Measure Share = new(
        "share of what the MLP adds that follows from the token",
        new SeriesColumn("stream-controls", "mlp_lookup", Matrices.ResidualStream) { Parameter = "inner" })
    {
        View = PictureView.LastByBlock,
        Limits = [Half, NearlyAll],
    };

    /// <inheritdoc />
    public string Id => "first-mlp-extends-embedding";

    /// <inheritdoc />
    public string Claim => "block 0's MLP is an extension of the embedding, which adds what follows from the token; later blocks' are not";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Share];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var blocks = Share.Curves(series, model);
            if (blocks.Count < 2 || blocks[0].Block != 0)
            {
                continue;
            }

            yield return Share.Says(
                "block 0", model, Matrices.ResidualStream, "share at the end that follows from the token, block 0", blocks[0].Last,
                $"over {NearlyAll:0.#}", blocks[0].Last > NearlyAll) with
            { Block = 0 };
            var later = CurveStatistics.Median(blocks.Skip(1).Select(curve => curve.Last));
            yield return Share.Says(
                "not later blocks", model, Matrices.ResidualStream, "the same, median over the later blocks", later, $"under {Half:0.#}",
                later < Half);
        }
    }
}
