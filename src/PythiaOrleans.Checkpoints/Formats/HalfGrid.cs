using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace PythiaOrleans.Checkpoints.Formats;

/// <summary>float32 values that are exactly half-precision numbers, as most published checkpoints hold them.</summary>
public static class HalfGrid
{
    private const float Down = 1.9259299443872359e-34f; // 2^-112: moves single's exponent to half's bias
    private const float Up = 5.192296858534828e33f;
    private const uint Infinite = 31u << 23; // half's exponent of infinities, in the place of single's

    /// <summary>Converts values that are all exactly half-precision numbers; NaN and infinities are.</summary>
    /// <param name="values">Any count.</param>
    /// <param name="halves">The bit patterns, as many.</param>
    /// <returns>False where a value is between two halves, or beyond them; what was written is then worth nothing.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // .NET's first, slow code would run until a whole small file is read
    public static bool TryConvert(ReadOnlySpan<float> values, Span<ushort> halves)
    {
        var pairs = values.Length / Vector512<ushort>.Count;
        var from = MemoryMarshal.Cast<float, Vector512<float>>(values);
        var to = MemoryMarshal.Cast<ushort, Vector512<ushort>>(halves);
        for (var i = 0; i < pairs; i++)
        {
            if (TryConvert(from[2 * i], out var low) && TryConvert(from[(2 * i) + 1], out var high))
            {
                to[i] = Vector512.Narrow(low, high);
            }
            else if (!TryConvertOneByOne(
                values.Slice(i * Vector512<ushort>.Count, Vector512<ushort>.Count),
                halves[(i * Vector512<ushort>.Count)..]))
            {
                return false;
            }
        }

        var done = pairs * Vector512<ushort>.Count;
        return TryConvertOneByOne(values[done..], halves[done..]);
    }

    // Finite values only. The way back must give the value again: what is too small for half would have become 0.
    private static bool TryConvert(Vector512<float> values, out Vector512<uint> halves)
    {
        var moved = values * Vector512.Create(Down);
        var bits = moved.AsUInt32();
        halves = (Vector512.ShiftRightLogical(bits, 13) & Vector512.Create(0x7fffu))
            | (Vector512.ShiftRightLogical(bits, 16) & Vector512.Create(0x8000u));
        return (bits & Vector512.Create(0x1fffu)) == Vector512<uint>.Zero
            && Vector512.LessThanAll(bits & Vector512.Create(0x7fffffffu), Vector512.Create(Infinite))
            && Vector512.EqualsAll(moved * Vector512.Create(Up), values);
    }

    private static bool TryConvertOneByOne(ReadOnlySpan<float> values, Span<ushort> halves)
    {
        for (var i = 0; i < values.Length; i++)
        {
            var half = (Half)values[i];
            if ((float)half != values[i] && !float.IsNaN(values[i]))
            {
                return false;
            }

            halves[i] = BitConverter.HalfToUInt16Bits(half);
        }

        return true;
    }
}
