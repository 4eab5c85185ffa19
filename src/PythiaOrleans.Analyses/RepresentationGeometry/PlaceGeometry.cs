using PythiaOrleans.Analyses.Decompositions;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Numerics.Geometry;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.RepresentationGeometry;

/// <summary>The geometry of the states at one place. Its two halves may be measured at the same time.</summary>
/// <remarks>
/// Tensors are touched by the measuring threads only: on the thread that waits for them libtorch would use all cores, and its own threads
/// would go on waiting in a busy loop while the others measure.
/// </remarks>
/// <param name="parts">The states [points, d] of each part of the batch, float32, on any device; they are freed here.</param>
internal sealed class PlaceGeometry(Tensor[] parts) : IDisposable
{
    private const int FirstRank = 11;
    private const int LastRank = 50;

    private readonly Lazy<(Tensor States, long NonFinite)> _states = new(() => Join(parts));

    /// <summary>How many states.</summary>
    public int Points { get; } = (int)parts.Sum(part => part.shape[0]);

    /// <summary>NaN and infinities; with any, nothing is measured.</summary>
    public long NonFinite => _states.Value.NonFinite;

    /// <summary>exp(−Σ p ln p), p = σ/Σσ.</summary>
    public double RankMe { get; private set; } = double.NaN;

    /// <summary>α of λᵢ ∝ i^−α over ranks 11 to 50.</summary>
    public double AlphaReq { get; private set; } = double.NaN;

    /// <summary>(Σλ)²/Σλ².</summary>
    public double ParticipationRatio { get; private set; } = double.NaN;

    /// <summary>(N‖m‖² − 1)/(N − 1), m the mean of x/‖x‖: the mean cosine of two different states.</summary>
    public double Anisotropy { get; private set; } = double.NaN;

    /// <summary>By the two nearest neighbours.</summary>
    public double IntrinsicDimension { get; private set; } = double.NaN;

    /// <summary>Inner products of the chosen centred states above the diagonal, the largest 1, in half precision.</summary>
    public float[] Kernel { get; private set; } = [];

    /// <inheritdoc />
    public void Dispose() => _states.Value.States.Dispose();

    /// <summary>Everything that follows from the covariance.</summary>
    public void MeasureSpectrum()
    {
        if (NonFinite > 0)
        {
            return;
        }

        using var scope = NewDisposeScope();
        var centred = _states.Value.States.to(float64);
        using var gram = Gram.OfSmallerSide(centred.Accumulate(centred.mean([0]), -1));
        var squares = linalg.eigvalsh(gram).cpu().data<double>().ToArray();
        double[] variances = [.. squares.Select(square => Math.Max(square, 0)).Reverse()];
        RankMe = SpectrumShape.EffectiveRank(Array.ConvertAll(variances, Math.Sqrt));
        AlphaReq = SpectrumShape.DecayExponent(variances, FirstRank, LastRank);
        ParticipationRatio = SpectrumShape.ParticipationRatio(variances);
    }

    /// <summary>Everything that compares positions with each other.</summary>
    public void MeasureKernel()
    {
        if (NonFinite > 0)
        {
            return;
        }

        using var scope = NewDisposeScope();
        var exact = _states.Value.States.to(float64);
        Anisotropy = MeanCosine(exact);
        var chosen = exact.index_select(0, tensor(Choose(Points)).to(exact.device)).Accumulate(exact.mean([0]), -1);
        var products = chosen.mm(chosen.t()).cpu().data<double>().ToArray();
        IntrinsicDimension = TwoNearestNeighbours.Dimension(products);
        Kernel = ToHalf(products, (int)chosen.shape[0]);
    }

    /// <summary>Which positions are compared: evenly spread, the same for every checkpoint that reads the same tokens.</summary>
    internal static long[] Choose(int points)
    {
        var count = Math.Min(points, RepresentationGeometryAnalysis.KernelPoints);
        return [.. Enumerable.Range(0, count).Select(i => (long)((i + 0.5) * points / count))];
    }

    private static (Tensor States, long NonFinite) Join(Tensor[] parts)
    {
        using var scope = NewDisposeScope();
        var states = cat(parts, 0); // [points, d]
        Array.ForEach(parts, part => part.Dispose());
        var nonFinite = states.numel() - states.isfinite().sum().item<long>();
        return (states.DetachFromDisposeScope(), nonFinite);
    }

    // Above the diagonal; scaled, since half precision ends at 65,504 and their scale does not matter to similarities.
    private static float[] ToHalf(double[] products, int size)
    {
        var kernel = new float[size * (size - 1) / 2];
        var largest = 0.0;
        for (int row = 0, pair = 0; row < size; row++)
        {
            for (var column = row + 1; column < size; column++, pair++)
            {
                kernel[pair] = (float)products[(row * size) + column];
                largest = Math.Max(largest, Math.Abs(kernel[pair]));
            }
        }

        return largest > 0 ? Array.ConvertAll(kernel, value => (float)(Half)(value / largest)) : kernel;
    }

    private static double MeanCosine(Tensor states)
    {
        var norms = states.mul(states).sum(1).sqrt();
        var seen = norms.gt(0).nonzero().flatten(); // a state of nothing has no direction
        double count = seen.shape[0];
        var mean = states.index_select(0, seen).t().mv(norms.index_select(0, seen).reciprocal()).Scale(1 / count);
        return ((count * mean.dot(mean).item<double>()) - 1) / (count - 1);
    }
}
