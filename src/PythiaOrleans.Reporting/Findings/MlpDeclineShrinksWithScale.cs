using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Each model beside the next smaller one: the larger one keeps more of its peak.</summary>
internal sealed class MlpDeclineShrinksWithScale : IFinding
{
    /// <inheritdoc />
    public string Id => "mlp-decline-shrinks-with-scale";

    /// <inheritdoc />
    public string Claim => "the decline of the MLP norms after the peak gets smaller with model size";

    /// <inheritdoc />
    public IReadOnlyList<SeriesColumn> Reads { get; } = [new("weight-moments", "norm", Components.MlpIn)];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        double? before = null;
        foreach (var model in series.Models)
        {
            var blocks = series.Curves("weight-moments", "norm", model, Components.MlpIn);
            if (blocks.Count == 0)
            {
                continue;
            }

            var left = blocks.MedianFinalOverPeak();
            yield return new(model, Components.MlpIn, "last norm over largest, median over blocks", left,
                before is null ? "" : $"over the next smaller model's {before:0.###}", before is null ? null : left > before);
            before = left;
        }
    }
}
