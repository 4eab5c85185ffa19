using System.Runtime.InteropServices;

namespace PythiaOrleans.Checkpoints.Formats;

/// <summary>Floating-point numbers of 4 and 8 bits, as the OCP formats define them: each code's value is exact in the type that <see cref="DTypes.Widened"/> names.</summary>
/// <remarks>
/// E4M3 (bias 7, no infinities, S.1111.111 is NaN), E5M2 (bias 15, like half precision) and E8M0 (a power of two, 255 is NaN) of the OCP 8-bit specification
/// and the OCP microscaling formats 1.0; F4 is E2M1 (bias 1), two numbers a byte, the first in the low bits.
/// </remarks>
internal static class NarrowFloats
{
    private static readonly Half[] E4M3 = [.. Enumerable.Range(0, 256).Select(code => (code & 0x7F) == 0x7F ? Half.NaN : (Half)Decode(code, 4, 3, 7))];
    private static readonly Half[] E5M2 = [.. Enumerable.Range(0, 256).Select(code => BitConverter.UInt16BitsToHalf((ushort)(code << 8)))];
    private static readonly Half[] E2M1 = [.. Enumerable.Range(0, 16).Select(code => (Half)Decode(code, 2, 1, 1))];
    private static readonly float[] E8M0 = [.. Enumerable.Range(0, 256).Select(code => code == 255 ? float.NaN : (float)Math.ScaleB(1, code - 127))];

    /// <summary>Writes the values.</summary>
    /// <param name="type">The codes' type, one that <see cref="DTypes.Widened"/> knows.</param>
    /// <param name="codes">The codes as stored.</param>
    /// <param name="values">Room for all values in the wider type.</param>
    public static void Widen(DType type, ReadOnlySpan<byte> codes, Span<byte> values)
    {
        switch (type)
        {
            case DType.F8E4M3:
                Look(E4M3, codes, MemoryMarshal.Cast<byte, Half>(values));
                break;
            case DType.F8E5M2:
                Look(E5M2, codes, MemoryMarshal.Cast<byte, Half>(values));
                break;
            case DType.F8E8M0:
                Look(E8M0, codes, MemoryMarshal.Cast<byte, float>(values));
                break;
            case DType.F4:
                LookPairs(codes, MemoryMarshal.Cast<byte, Half>(values));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "No narrow floating-point type.");
        }
    }

    private static void Look<T>(T[] table, ReadOnlySpan<byte> codes, Span<T> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = table[codes[i]];
        }
    }

    private static void LookPairs(ReadOnlySpan<byte> codes, Span<Half> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = E2M1[(i & 1) == 0 ? codes[i / 2] & 0xF : codes[i / 2] >> 4];
        }
    }

    // (-1)^s 2^(e - bias) 1.m, and (-1)^s 2^(1 - bias) 0.m where e is 0.
    private static double Decode(int code, int exponentBits, int mantissaBits, int bias)
    {
        var mantissa = (code & ((1 << mantissaBits) - 1)) / (double)(1 << mantissaBits);
        var exponent = (code >> mantissaBits) & ((1 << exponentBits) - 1);
        var sign = (code >> (mantissaBits + exponentBits)) == 0 ? 1.0 : -1.0;
        return sign * (exponent == 0 ? Math.ScaleB(mantissa, 1 - bias) : Math.ScaleB(1 + mantissa, exponent - bias));
    }
}
