using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PythiaOrleans.Numerics.Lanes;

/// <summary>
/// Exponentials, logarithms and sums over four float64 or eight float32 lanes whose last bit is the same on every processor. The runtime's
/// own <see cref="Vector256.Log(Vector256{double})"/> and <see cref="Vector256.Exp(Vector256{double})"/> multiply and add in one rounding
/// where the processor can and in two where it cannot, and <see cref="System.Numerics.Vector{T}"/> has as many lanes as the processor. They
/// are also calls, of code that is compiled badly at first.
/// </summary>
/// <remarks>
/// Only operations that IEEE 754 rounds exactly: sum, product, quotient, comparison, bits. Errors are below one unit in the last place:
/// the argument is reduced by a multiple of ln 2 in two parts, and what is left goes through the minimax approximations of
/// FreeBSD's msun (Sun Microsystems 1993): of ln((1 + s)/(1 − s)) in s, and of r coth(r/2) in r². In float32 e^r is 1 + r + r² times a
/// polynomial, that of the Cephes library (Moshier 1992).
/// </remarks>
internal static class Lane
{
    /// <summary>Float64 numbers in a vector of four lanes.</summary>
    public const int Count = 4;

    private const double Ln2High = 6.93147180369123816490e-01; // its last bits are 0: any exponent times it is exact
    private const double Ln2Low = 1.90821492927058770002e-10;
    private const double PerLn2 = 1.44269504088896338700;
    private const double Bias = 6755399441055744.0; // 1.5 · 2^52: adding it rounds to a whole number, which is then in the lowest bits
    private const double Limit = 750; // beyond it e^x is 0 or infinite
    private const long ExponentBias = 1023;

    private const float SingleLn2High = 0.693359375f; // nine bits
    private const float SingleLn2Low = -2.12194440e-4f;
    private const float SinglePerLn2 = 1.44269504f;
    private const float SingleBias = 12582912; // 1.5 · 2^23
    private const float SingleLimit = 110;
    private const int SingleExponentBias = 127;

    /// <summary>e^x; 0 below the smallest number, infinite above the largest, NaN of NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Exp(Vector256<double> x)
    {
        var bias = Vector256.Create(Bias);
        var limit = Vector256.Create(Limit);
        x = Vector256.ConditionalSelect(Vector256.GreaterThan(x, limit), limit, x); // so, and not by Min, NaN stays
        x = Vector256.ConditionalSelect(Vector256.LessThan(x, -limit), -limit, x);
        var biased = (x * Vector256.Create(PerLn2)) + bias;
        var power = biased - bias;
        var high = x - (power * Vector256.Create(Ln2High));
        var low = power * Vector256.Create(Ln2Low);
        var r = high - low;
        var square = r * r;
        var sum = (square * Vector256.Create(4.13813679705723846039e-08)) + Vector256.Create(-1.65339022054652515390e-06);
        sum = (square * sum) + Vector256.Create(6.61375632143793436117e-05);
        sum = (square * sum) + Vector256.Create(-2.77777777770155933842e-03);
        sum = (square * sum) + Vector256.Create(1.66666666666666019037e-01);
        var c = r - (square * sum);
        var y = Vector256<double>.One - (low - (r * c / (Vector256.Create(2.0) - c)) - high);

        // 2^power in two factors, so that neither leaves the range of normal numbers.
        var whole = biased.AsInt64() - bias.AsInt64();
        var half = Vector256.ShiftRightArithmetic(whole, 1);
        return y * PowerOfTwo(half) * PowerOfTwo(whole - half);
    }

    /// <summary>
    /// e^x in float32, wrong by 1.1 units in the last place at most; 0 below the smallest number, infinite above the largest, NaN of NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Exp(Vector256<float> x)
    {
        var bias = Vector256.Create(SingleBias);
        var limit = Vector256.Create(SingleLimit);
        x = Vector256.ConditionalSelect(Vector256.GreaterThan(x, limit), limit, x);
        x = Vector256.ConditionalSelect(Vector256.LessThan(x, -limit), -limit, x);
        var biased = (x * Vector256.Create(SinglePerLn2)) + bias;
        var power = biased - bias;
        var r = x - (power * Vector256.Create(SingleLn2High)) - (power * Vector256.Create(SingleLn2Low));
        var sum = (r * Vector256.Create(1.9875691500e-4f)) + Vector256.Create(1.3981999507e-3f);
        sum = (r * sum) + Vector256.Create(8.3334519073e-3f);
        sum = (r * sum) + Vector256.Create(4.1665795894e-2f);
        sum = (r * sum) + Vector256.Create(1.6666665459e-1f);
        sum = (r * sum) + Vector256.Create(5.0000001201e-1f);
        var y = (r * r * sum) + r + Vector256<float>.One;
        var whole = biased.AsInt32() - bias.AsInt32();
        var half = Vector256.ShiftRightArithmetic(whole, 1);
        return y * PowerOfTwo(half) * PowerOfTwo(whole - half);
    }

    /// <summary>The natural logarithm of finite normal numbers above 0; others have no meaningful result.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Log(Vector256<double> x)
    {
        // x = 2^k (1 + f) with √½ < 1 + f < √2.
        var bits = x.AsInt64();
        var rootOfHalf = Vector256.Create(0x3FE6A09E667F3BCDL);
        var k = Vector256.ShiftRightArithmetic(bits - rootOfHalf, 52);
        var f = (bits - Vector256.ShiftLeft(k, 52)).AsDouble() - Vector256<double>.One;
        var power = (k + Vector256.Create(Bias).AsInt64()).AsDouble() - Vector256.Create(Bias);
        var s = f / (Vector256.Create(2.0) + f);
        var z = s * s;
        var sum = (z * Vector256.Create(1.479819860511658591e-01)) + Vector256.Create(1.531383769920937332e-01);
        sum = (z * sum) + Vector256.Create(1.818357216161805012e-01);
        sum = (z * sum) + Vector256.Create(2.222219843214978396e-01);
        sum = (z * sum) + Vector256.Create(2.857142874366239149e-01);
        sum = (z * sum) + Vector256.Create(3.999999999940941908e-01);
        sum = (z * sum) + Vector256.Create(6.666666666666735130e-01);
        var half = f * f * Vector256.Create(0.5);
        return (power * Vector256.Create(Ln2High)) - (half - ((s * (half + (z * sum))) + (power * Vector256.Create(Ln2Low))) - f);
    }

    /// <summary>The sum of four lanes, (first + second) + (third + fourth).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Vector256<double> x) => x[0] + x[1] + (x[2] + x[3]);

    /// <summary>The sum of eight lanes, in float64: those of the first four, and those of the last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Vector256<float> x)
    {
        var (low, high) = Vector256.Widen(x);
        return Sum(low) + Sum(high);
    }

    // Of whole numbers between −1022 and 1023.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> PowerOfTwo(Vector256<long> exponent) =>
        Vector256.ShiftLeft(exponent + Vector256.Create(ExponentBias), 52).AsDouble();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> PowerOfTwo(Vector256<int> exponent) =>
        Vector256.ShiftLeft(exponent + Vector256.Create(SingleExponentBias), 23).AsSingle();
}
