using System.Runtime.InteropServices;
using System.Security.Cryptography;
using PythiaOrleans.Analyses.Counting;
using PythiaOrleans.Checkpoints.Formats;

namespace PythiaOrleans.Analyses.TensorDigests;

/// <summary>What one reading of a tensor's bytes tells: their digest, and which narrower numbers its values are.</summary>
/// <param name="Sha256">64 hexadecimal digits.</param>
/// <param name="OnHalfGrid">Whether every value is a half-precision number; NaN and infinities are.</param>
/// <param name="OnBfloat16Grid">Whether every value is a bfloat16 number; NaN and infinities are.</param>
internal sealed record TensorContent(string Sha256, bool OnHalfGrid, bool OnBfloat16Grid)
{
    // Values that are read at a time: they stay in the second cache.
    private const int Part = 1 << 15;

    private const uint BelowBfloat16 = 0xffff; // the bits that a single has and a bfloat16 has not

    /// <summary>Reads the tensor once.</summary>
    public static TensorContent Read(StoredTensor tensor) => tensor.DType switch
    {
        DType.F16 => Read<Half>(tensor, static (values, singles) =>
        {
            for (var i = 0; i < values.Length; i++)
            {
                singles[i] = (float)values[i];
            }

            return true;
        }),
        DType.BF16 => Read<ushort>(tensor, static (values, singles) =>
        {
            for (var i = 0; i < values.Length; i++)
            {
                singles[i] = BitConverter.UInt32BitsToSingle((uint)values[i] << 16);
            }

            return true;
        }),
        DType.F32 => Read<float>(tensor, static (values, singles) => values.TryCopyTo(singles)),
        DType.F64 => Read<double>(tensor, TryNarrow),
        _ => throw new NotSupportedException($"Tensor '{tensor.Name}' holds {tensor.DType}; expected floating-point numbers."),
    };

    private delegate bool ToSingles<T>(ReadOnlySpan<T> values, Span<float> singles);

    // The grids are looked at until a value is off both: of trained singles that is the first part.
    private static TensorContent Read<T>(StoredTensor tensor, ToSingles<T> convert)
        where T : unmanaged
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var scratch = new Scratch<T>(Part);
        using var converted = new Scratch<float>(Part);
        using var halves = new Scratch<ushort>(Part);
        var (onHalf, onBfloat16) = (true, true);
        for (long start = 0; start < tensor.Count; start += Part)
        {
            var values = scratch.First((int)Math.Min(Part, tensor.Count - start));
            tensor.Read<T>(start, values);
            hash.AppendData(MemoryMarshal.AsBytes(values));
            if (onHalf || onBfloat16)
            {
                var singles = converted.First(values.Length);
                var areSingles = convert(values, singles);
                onHalf = onHalf && areSingles && HalfGrid.TryConvert(singles, halves.First(values.Length));
                onBfloat16 = onBfloat16 && areSingles && AreBfloat16(singles);
            }
        }

        return new TensorContent(Convert.ToHexStringLower(hash.GetCurrentHash()), onHalf, onBfloat16);
    }

    private static bool TryNarrow(ReadOnlySpan<double> values, Span<float> singles)
    {
        for (var i = 0; i < values.Length; i++)
        {
            singles[i] = (float)values[i];
            if (singles[i] != values[i] && !double.IsNaN(values[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool AreBfloat16(ReadOnlySpan<float> values)
    {
        var below = 0u;
        foreach (var bits in MemoryMarshal.Cast<float, uint>(values))
        {
            below |= bits & BelowBfloat16;
        }

        return below == 0 || AreBfloat16OneByOne(values);
    }

    // A NaN may have bits below, and is on every grid.
    private static bool AreBfloat16OneByOne(ReadOnlySpan<float> values)
    {
        foreach (var value in values)
        {
            if ((BitConverter.SingleToUInt32Bits(value) & BelowBfloat16) != 0 && !float.IsNaN(value))
            {
                return false;
            }
        }

        return true;
    }
}
