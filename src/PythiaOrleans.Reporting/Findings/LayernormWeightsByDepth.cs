using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Judged on the layernorm before attention; the one before the MLP informs.</summary>
internal sealed class LayernormWeightsByDepth : IFinding
{
    private const double Fallen = 0.85;
    private const double Ordered = 0.85;

    /// <inheritdoc />
    public string Id => "layernorm-weights-by-depth";

    /// <inheritdoc />
    public string Claim => "layernorm weights fall in block 0 and rise in later blocks, ordered by depth";

    /// <inheritdoc />
    public IReadOnlyList<SeriesColumn> Reads { get; } = [new("weight-moments", "norm", Components.InputLayerNorm, Components.PostAttentionLayerNorm), new("weight-moments", "count", Components.InputLayerNorm)];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            foreach (var component in new[] { Components.InputLayerNorm, Components.PostAttentionLayerNorm })
            {
                var blocks = series.Curves("weight-moments", "norm", model, component).OrderBy(curve => curve.Block).ToArray();
                if (blocks.Length < 2)
                {
                    continue;
                }

                var first = blocks[0];
                var start = Math.Sqrt(series.Curves("weight-moments", "count", model, component)[0].Last); // all ones
                var lowest = first.Values.Min() / start;
                var step = first.Steps[Array.IndexOf(first.Values, first.Values.Min())];
                var order = CurveStatistics.Concordance([.. blocks.Select(curve => curve.Last)]);
                var isLowest = blocks.Skip(1).All(curve => curve.Last > first.Last);
                // The claim is drawn for the layernorms before attention; the others are shown beside it.
                bool? Counts(bool agrees) => component == Components.InputLayerNorm ? agrees : null;
                yield return new(model, component, "smallest norm of block 0 over its start", lowest, $"under {Fallen:0.##}", Counts(lowest < Fallen)) { Block = 0, Step = step };
                yield return new(model, component, "norm of block 0 at the end over the next smallest", first.Last / blocks.Skip(1).Min(curve => curve.Last), "under 1", Counts(isLowest)) { Block = 0 };
                yield return new(model, component, "share of block pairs whose last norms are ordered by depth", order, $"over {Ordered:0.##}", Counts(order > Ordered));
            }
        }
    }
}
