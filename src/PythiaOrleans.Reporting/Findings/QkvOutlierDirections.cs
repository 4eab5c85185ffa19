using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Outliers are singular values above the Marchenko-Pastur edge.</summary>
internal sealed class QkvOutlierDirections : IFinding
{
    /// <inheritdoc />
    public string Id => "qkv-outlier-directions";

    /// <inheritdoc />
    public string Claim => "some QKV blocks grow outlier singular values, throughout training, and no other matrix does";

    /// <inheritdoc />
    public IReadOnlyList<SeriesColumn> Reads { get; } = [new("weight-spectrum", "outliers", Components.QueryKeyValue, Components.AttentionDense, Components.MlpIn, Components.MlpOut)];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var qkv = series.Curves("weight-spectrum", "outliers", model, Components.QueryKeyValue);
            if (qkv.Count == 0)
            {
                continue;
            }

            var growing = qkv.Count(curve => curve.Last > 0 && curve.Last > curve.At(0.5));
            yield return new(model, Components.QueryKeyValue, "blocks with outliers that still grow in number after half of training", growing, "at least 1", growing > 0);
            foreach (var component in new[] { Components.AttentionDense, Components.MlpIn, Components.MlpOut })
            {
                var with = series.Curves("weight-spectrum", "outliers", model, component).Count(curve => curve.Last > 0);
                yield return new(model, component, "blocks with outliers at the end", with, "0", with == 0);
            }
        }
    }
}
