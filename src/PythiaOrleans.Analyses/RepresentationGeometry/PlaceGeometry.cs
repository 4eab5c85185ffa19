using PythiaOrleans.Analyses.Decompositions;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Numerics.Geometry;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.RepresentationGeometry;

/// <summary>The geometry of the states at one place. Its two halves may be measured at the same time.</summary>
/// <remarks>
/// Tensors are touched by the measuring threads only: on the thread that waits for them libtorch would use all cores, and its own threads
/// would go on waiting in a busy loop while the others measure. States are read some rows at a time, in float64: memory larger than a
/// cache is asked of the system again each time, and to clear its pages takes as long as to compute with them.
/// </remarks>
/// <param name="states">[points, d], float32, on any device; they are freed here.</param>
internal sealed class PlaceGeometry(Tensor states) : IDisposable
{
    private const int FirstRank = 11;
    private const int LastRank = 50;

    // 2 MB of float64.
    private const long ValuesAtATime = 1 << 18;

    /// <summary>How many states.</summary>
    public int Points { get; } = (int)states.shape[0];

    /// <summary>NaN and infinities; with any, nothing is measured.</summary>
    public long NonFinite { get; private set; }

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
    public void Dispose() => states.Dispose();

    /// <summary>Everything that follows from the covariance.</summary>
    public void MeasureSpectrum()
    {
        using var scope = NewDisposeScope();
        if (Mean() is not { } mean)
        {
            return;
        }

        var centred = Gram.Tall(states).shape[0] == Points
            ? Gram.Compute(states, rows => rows.Accumulate(mean, -1), ValuesAtATime)
            : Gram.OfSmallerSide(states.to(float64).Accumulate(mean, -1)); // fewer states than they have dimensions
        var squares = linalg.eigvalsh(centred).cpu().data<double>().ToArray();
        double[] variances = [.. squares.Select(square => Math.Max(square, 0)).Reverse()];
        RankMe = SpectrumShape.EffectiveRank(Array.ConvertAll(variances, Math.Sqrt));
        AlphaReq = SpectrumShape.DecayExponent(variances, FirstRank, LastRank);
        ParticipationRatio = SpectrumShape.ParticipationRatio(variances);
    }

    /// <summary>Everything that compares positions with each other.</summary>
    public void MeasureKernel()
    {
        using var scope = NewDisposeScope();
        if (Mean() is not { } mean)
        {
            NonFinite = states.numel() - states.isfinite().sum().item<long>();
            return;
        }

        Anisotropy = MeanCosine();
        var chosen = states.index_select(0, tensor(Choose(Points)).to(states.device)).to(float64).Accumulate(mean, -1);
        var products = Gram.Mirror(Gram.Compute(chosen.t())).cpu().data<double>().ToArray();
        IntrinsicDimension = TwoNearestNeighbours.Dimension(products);
        Kernel = ToHalf(products, (int)chosen.shape[0]);
    }

    /// <summary>Which positions are compared: evenly spread, the same for every checkpoint that reads the same tokens.</summary>
    internal static long[] Choose(int points)
    {
        var count = Math.Min(points, RepresentationGeometryAnalysis.KernelPoints);
        return [.. Enumerable.Range(0, count).Select(i => (long)((i + 0.5) * points / count))];
    }

    // The mean state [d]; null where a value is not finite, for then its column's sum is not finite either. Sums of finite float32
    // values are finite in float64.
    private Tensor? Mean()
    {
        var sum = zeros([states.shape[1]], float64, states.device);
        EachRows(rows => sum.Accumulate(rows.sum([0]), 1));
        return sum.isfinite().all().item<bool>() ? sum.Scale(1.0 / Points) : null;
    }

    // Some rows after the others, in float64.
    private void EachRows(Action<Tensor> read)
    {
        var rowsAtATime = Math.Max(1, ValuesAtATime / states.shape[1]);
        for (long start = 0; start < Points; start += rowsAtATime)
        {
            using var own = NewDisposeScope();
            read(states.narrow(0, start, Math.Min(rowsAtATime, Points - start)).to(float64));
        }
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

    private double MeanCosine()
    {
        var sum = zeros([states.shape[1]], float64, states.device);
        double count = 0;
        EachRows(rows =>
        {
            var norms = rows.mul(rows).sum([1]).sqrt();
            var seen = norms.gt(0); // a state of nothing has no direction
            count += seen.sum().item<long>();
            sum.Accumulate(rows.t().mv(norms.reciprocal().where(seen, zeros_like(norms))), 1);
        });
        var mean = sum.Scale(1 / count);
        return ((count * mean.dot(mean).item<double>()) - 1) / (count - 1);
    }
}
