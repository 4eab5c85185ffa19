using System.Runtime.CompilerServices;

namespace PythiaOrleans.Checkpoints.Formats;

/// <summary>Makes a strided tensor contiguous.</summary>
internal static unsafe class StridedCopy
{
    /// <summary>Copies every element in row-major order.</summary>
    /// <param name="source">The element at index 0 of every dimension.</param>
    /// <param name="shape">The sizes, slowest first, all at least 1.</param>
    /// <param name="strides">Elements between neighbours in each dimension.</param>
    /// <param name="width">Bytes an element.</param>
    /// <param name="target">Room for all elements.</param>
    public static void Gather(byte* source, ReadOnlySpan<long> shape, ReadOnlySpan<long> strides, int width, byte* target)
    {
        if (shape.IsEmpty)
        {
            Unsafe.CopyBlockUnaligned(target, source, (uint)width);
            return;
        }

        var inner = shape[^1];
        var step = strides[^1] * width;
        Span<long> index = stackalloc long[shape.Length];
        while (true)
        {
            var from = source;
            for (var i = 0; i < shape.Length - 1; i++)
            {
                from += index[i] * strides[i] * width;
            }

            for (var i = 0L; i < inner; i++, from += step, target += width)
            {
                Unsafe.CopyBlockUnaligned(target, from, (uint)width);
            }

            var dimension = shape.Length - 2;
            while (dimension >= 0 && ++index[dimension] == shape[dimension])
            {
                index[dimension--] = 0;
            }

            if (dimension < 0)
            {
                return;
            }
        }
    }
}
