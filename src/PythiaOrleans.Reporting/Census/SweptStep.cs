namespace PythiaOrleans.Reporting.Census;

/// <summary>What a sweep has measured of one checkpoint, as far as a census needs it.</summary>
/// <param name="Model">The model.</param>
/// <param name="Step">The step.</param>
/// <param name="Tensors">By the tensor's name, its exact statistics and size; tensors whose values are all equal are left out.</param>
/// <param name="SquaredNorm">Σ w² of all weight matrices.</param>
/// <param name="Count">How many values these have.</param>
/// <param name="NonFinite">NaN and infinities in all tensors.</param>
internal sealed record SweptStep(
    string Model,
    int Step,
    IReadOnlyDictionary<string, TensorSign> Tensors,
    double SquaredNorm,
    long Count,
    long NonFinite)
{
    /// <summary>Σ (w − w_0)² of all weight matrices, w_0 of step 0; null where the sweep has another reference or no distances.</summary>
    public double? SquaredDistance { get; init; }

    /// <summary>Σ (w − w')² of all weight matrices, w' of the checkpoint before; null where there is none.</summary>
    public double? SquaredMovement { get; init; }

    /// <summary>Cosine of the embedding with that of step 0; null where it was not measured.</summary>
    public double? Similarity { get; init; }

    /// <summary>The digest of the weight files, and their length; empty where integrity was not measured.</summary>
    public (string Sha256, long Bytes, int Files) File { get; init; } = ("", 0, 0);

    /// <summary>How large a part of the values lies in tensors that are also another step's: 1 where all are.</summary>
    public double IdenticalShare(SweptStep other)
    {
        long equal = 0, all = 0;
        foreach (var (name, sign) in Tensors)
        {
            all += sign.Count;
            equal += other.Tensors.TryGetValue(name, out var its) && its == sign ? sign.Count : 0;
        }

        return all == 0 ? 0 : (double)equal / all;
    }
}
