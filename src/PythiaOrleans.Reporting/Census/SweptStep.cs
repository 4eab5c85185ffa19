using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PythiaOrleans.Reporting.Census;

/// <summary>What a sweep has measured of one checkpoint, as far as a census needs it.</summary>
/// <param name="Model">The model.</param>
/// <param name="Step">The step.</param>
/// <param name="Tensors">
/// By the tensor's name, what equal tensors share, and its size; tensors whose values are all equal are left out.
/// </param>
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
    /// <summary>The sizes of all tensors by name, those among them whose values are all equal.</summary>
    public IReadOnlyDictionary<string, long> Sizes { get; init; } = new Dictionary<string, long>();

    /// <summary>Σ (w − w_0)² of all weight matrices, w_0 of step 0; null where the sweep has another reference or no distances.</summary>
    public double? SquaredDistance { get; init; }

    /// <summary>Σ (w − w')² of all weight matrices, w' of the checkpoint before; null where there is none.</summary>
    public double? SquaredMovement { get; init; }

    /// <summary>Cosine of the embedding with that of step 0; null where it was not measured.</summary>
    public double? Similarity { get; init; }

    /// <summary>The weight files; null where integrity was not measured.</summary>
    public SweptFile? File { get; init; }

    /// <summary>What numbers all values are: those of half precision, of bfloat16; null where the sweep does not say.</summary>
    public string? Grid { get; init; }

    /// <summary>The revision's name, as the hub has it in most suites.</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"step{Step}");

    /// <summary>The names and sizes of all tensors, in one text.</summary>
    public string Layout => string.Join('\n', Sizes.OrderBy(size => size.Key, StringComparer.Ordinal).Select(size =>
        string.Create(CultureInfo.InvariantCulture, $"{size.Key} {size.Value}")));

    /// <summary>
    /// Whether a step may have the weights of the initialization: the learning rate of the first update is 0, and updates whose gradients
    /// overflow half precision are skipped (EleutherAI/pythia#83).
    /// </summary>
    public static bool IsAtStart(int step) => step <= 2;

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

    /// <summary>What checkpoints share whose tensors are all equal, of whichever model.</summary>
    public string ComputeIdentity()
    {
        var text = new StringBuilder();
        foreach (var (name, sign) in Tensors.OrderBy(tensor => tensor.Key, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"{name} {sign.Count} {sign.Min:R} {sign.Max:R} {sign.Mean:R} {sign.Norm:R} ")
                .Append(CultureInfo.InvariantCulture, $"{sign.Kurtosis:R} {sign.Digest}\n");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
