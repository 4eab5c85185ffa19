using System.Runtime.InteropServices;
using PythiaOrleans.Analyses.Counting;
using PythiaOrleans.Analyses.Decompositions;
using PythiaOrleans.Numerics.Distributions;
using PythiaOrleans.Numerics.Geometry;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.FunctionSpace;

/// <summary>Measures of a matrix that is there, and of products that are not formed.</summary>
internal static class MatrixMeasures
{
    /// <summary>A matrix's row.</summary>
    /// <param name="block">The block; null outside blocks.</param>
    /// <param name="component">What it is.</param>
    /// <param name="matrix">[m, n], float32 or float64, on any device.</param>
    public static FunctionSpaceAnalysis.Row ToRow(int? block, string component, Tensor matrix)
    {
        using var scope = NewDisposeScope();
        using var counts = new FloatHistogram();
        var tally = new StreamingMoments(counts);
        tally.Add(MemoryMarshal.Cast<byte, float>(matrix.to(float32).contiguous().cpu().bytes));
        if (tally.NonFinite > 0)
        {
            return Unmeasured(block, component, "weight", tally.NonFinite);
        }

        var weibull = WeibullFit.Fit(tally.Distribution());
        return ToRow(block, component, "weight", SingularValues.Compute(matrix)) with
        {
            WeibullK = weibull.Shape,
            WeibullScale = weibull.Scale,
            WeibullRSquared = weibull.RSquared,
        };
    }

    /// <summary>The rows of each head's product.</summary>
    /// <param name="block">The block.</param>
    /// <param name="component">What it is.</param>
    /// <param name="tall">[h, d, d_head], float64.</param>
    /// <param name="wide">[h, d_head, d].</param>
    public static IEnumerable<FunctionSpaceAnalysis.Row> ToRows(int? block, string component, Tensor tall, Tensor wide)
    {
        using var scope = NewDisposeScope();
        var nonFinite = tall.numel() + wide.numel() - tall.isfinite().sum().item<long>() - wide.isfinite().sum().item<long>();
        return nonFinite > 0
            ? [.. Enumerable.Range(0, (int)tall.shape[0]).Select(head => Unmeasured(block, component, Name(head), nonFinite))]
            : [.. ProductSpectrum.Compute(tall, wide).Select((values, head) => ToRow(block, component, Name(head), values))];
    }

    private static string Name(int head) => $"head{head}";

    private static FunctionSpaceAnalysis.Row ToRow(int? block, string component, string parameter, double[] values)
    {
        var squares = values.Sum(value => value * value);
        return new FunctionSpaceAnalysis.Row(
            block, component, parameter, Math.Sqrt(squares), values[0], squares / (values[0] * values[0]),
            SpectrumShape.EffectiveRank(values), null, null, null, 0);
    }

    private static FunctionSpaceAnalysis.Row Unmeasured(int? block, string component, string parameter, long nonFinite) => new(
        block, component, parameter, double.NaN, double.NaN, double.NaN, double.NaN, null, null, null, nonFinite);
}
