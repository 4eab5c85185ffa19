using System.Runtime.InteropServices;
using PythiaOrleans.Checkpoints.Formats;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Models;

/// <summary>A stored weight, or some rows of it, as a tensor on the host in the type in which it is stored.</summary>
internal static class StoredRows
{
    /// <summary>The whole of it.</summary>
    public static Tensor ReadAll(StoredTensor stored) => Read(stored, 0, [.. stored.Shape]);

    /// <summary>Rows that follow each other.</summary>
    /// <param name="stored">[V, d].</param>
    /// <param name="first">The first one.</param>
    /// <param name="count">How many.</param>
    /// <returns>[count, d].</returns>
    public static Tensor ReadRange(StoredTensor stored, long first, long count) =>
        Read(stored, first * stored.Shape[1], [count, stored.Shape[1]]);

    /// <summary>Rows in any order, read one by one.</summary>
    /// <param name="stored">[V, d].</param>
    /// <param name="rows">Which ones; one may be there several times.</param>
    /// <returns>[rows, d].</returns>
    public static Tensor ReadMany(StoredTensor stored, IReadOnlyList<long> rows)
    {
        var width = stored.Shape[1];
        var raw = empty([rows.Count, width], dtype: TypeOf(stored));
        var size = raw.bytes.Length / rows.Count;
        for (var i = 0; i < rows.Count; i++)
        {
            Fill(stored, rows[i] * width, raw.bytes.Slice(i * size, size));
        }

        return raw;
    }

    /// <summary>Fills a tensor with elements that follow each other, converted to its type.</summary>
    /// <param name="stored">Any shape.</param>
    /// <param name="start">The first element.</param>
    /// <param name="into">[n], contiguous, on the host.</param>
    public static void Copy(StoredTensor stored, long start, Tensor into)
    {
        if (into.dtype == TypeOf(stored))
        {
            Fill(stored, start, into.bytes);
            return;
        }

        using var raw = Read(stored, start, into.shape);
        into.copy_(raw);
    }

    /// <summary>The type of its elements.</summary>
    /// <exception cref="NotSupportedException">They are no floating-point numbers.</exception>
    public static ScalarType TypeOf(StoredTensor stored) => stored.DType switch
    {
        DType.F16 => float16,
        DType.BF16 => bfloat16,
        DType.F32 => float32,
        DType.F64 => float64,
        _ => throw new NotSupportedException($"Tensor '{stored.Name}' holds {stored.DType}; expected floating-point numbers."),
    };

    private static Tensor Read(StoredTensor stored, long start, long[] shape)
    {
        var raw = empty(shape, dtype: TypeOf(stored));
        Fill(stored, start, raw.bytes);
        return raw;
    }

    private static void Fill(StoredTensor stored, long start, Span<byte> into)
    {
        switch (stored.DType)
        {
            case DType.F16 or DType.BF16:
                stored.Read(start, MemoryMarshal.Cast<byte, ushort>(into));
                break;
            case DType.F32:
                stored.Read(start, MemoryMarshal.Cast<byte, float>(into));
                break;
            default:
                stored.Read(start, MemoryMarshal.Cast<byte, double>(into));
                break;
        }
    }
}
