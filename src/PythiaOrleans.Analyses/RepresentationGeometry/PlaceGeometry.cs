using PythiaOrleans.Analyses.Decompositions;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Numerics.Geometry;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.RepresentationGeometry;

/// <summary>The geometry of the states at one place. Its two halves may be measured at the same time.</summary>
/// <param name="states">[points, d], float32, on any device; the caller frees it.</param>
internal sealed class PlaceGeometry(Tensor states)
{
    private const int FirstRank = 11;
    private const int LastRank = 50;

    /// <summary>How many states.</summary>
    public int Points { get; } = (int)states.shape[0];

    /// <summary>NaN and infinities; with any, nothing is measured.</summary>
    public long NonFinite { get; } = states.numel() - states.isfinite().sum().item<long>();

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

    /// <summary>Everything that follows from the covariance.</summary>
    public void MeasureSpectrum()
    {
        if (NonFinite > 0)
        {
            return;
        }

        using var scope = NewDisposeScope();
        using var gram = Gram.OfSmallerSide(Centred());
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
        Anisotropy = MeanCosine(states.to(float64));
        var chosen = Centred().index_select(0, tensor(Choose(Points)).to(states.device));
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

    private Tensor Centred()
    {
        var exact = states.to(float64);
        return exact.Plus(exact.mean([0]).neg());
    }
}
