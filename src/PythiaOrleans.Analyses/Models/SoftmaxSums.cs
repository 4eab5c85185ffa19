using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using PythiaOrleans.Numerics.Lanes;

namespace PythiaOrleans.Analyses.Models;

/// <summary>Sums over the numbers of a softmax, from which its probabilities and its entropy follow.</summary>
internal static class SoftmaxSums
{
    /// <summary>Σ e and Σ e·y with y = x − shift and e = exp(y).</summary>
    /// <remarks>
    /// Entropy is ln Σe − Σ(e·y)/Σe where shift is the largest x. Each e is a float32 of at most 1; thousands are summed in eight lanes.
    /// </remarks>
    /// <param name="values">x.</param>
    /// <param name="shift">At least as large as every x.</param>
    [MethodImpl(Jit.FullyOptimized)]
    public static (double Powers, double Products) Compute(ReadOnlySpan<float> values, float shift)
    {
        var vectors = MemoryMarshal.Cast<float, Vector256<float>>(values);
        var shifts = Vector256.Create(shift);
        Vector256<float> powers = default, products = default;
        foreach (var vector in vectors)
        {
            var below = vector - shifts;
            var power = Lane.Exp(below);
            powers += power;
            products += power * below;
        }

        var (sum, product) = (Lane.Sum(powers), Lane.Sum(products));
        foreach (var value in values[(vectors.Length * Vector256<float>.Count)..])
        {
            var below = (double)value - shift;
            var power = Math.Exp(below);
            sum += power;
            product += power * below;
        }

        return (sum, product);
    }

    /// <summary>
    /// Σ e, with the bits of <see cref="LogSums.SumOfPowers"/>, Σ e·y and Σ e·w as above, and Σ x·u, with two weights w and u for each x.
    /// </summary>
    /// <param name="values">x.</param>
    /// <param name="shift">At least as large as every x.</param>
    /// <param name="weights">w, as many.</param>
    /// <param name="shares">u, as many.</param>
    [MethodImpl(Jit.FullyOptimized)]
    public static (double Powers, double Products, double Weighted, double Shared) Compute(
        ReadOnlySpan<float> values, float shift, ReadOnlySpan<float> weights, ReadOnlySpan<float> shares)
    {
        var vectors = MemoryMarshal.Cast<float, Vector256<float>>(values);
        var weightVectors = MemoryMarshal.Cast<float, Vector256<float>>(weights);
        var shareVectors = MemoryMarshal.Cast<float, Vector256<float>>(shares);
        var shifts = Vector256.Create(shift);
        Vector256<float> powers = default, products = default, weighted = default, shared = default;
        for (var i = 0; i < vectors.Length; i++)
        {
            var below = vectors[i] - shifts;
            var power = Lane.Exp(below);
            powers += power;
            products += power * below;
            weighted += power * weightVectors[i];
            shared += vectors[i] * shareVectors[i];
        }

        var (sum, product, weight, share) = (Lane.Sum(powers), Lane.Sum(products), Lane.Sum(weighted), Lane.Sum(shared));
        for (var i = vectors.Length * Vector256<float>.Count; i < values.Length; i++)
        {
            var below = (double)values[i] - shift;
            var power = Math.Exp(below);
            sum += power;
            product += power * below;
            weight += power * weights[i];
            share += (double)values[i] * shares[i];
        }

        return (sum, product, weight, share);
    }
}
