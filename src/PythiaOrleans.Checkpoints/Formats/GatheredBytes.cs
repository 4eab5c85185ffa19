using System.Runtime.InteropServices;

namespace PythiaOrleans.Checkpoints.Formats;

/// <summary>A tensor whose elements lie scattered in its file, gathered once into memory of its own.</summary>
internal sealed unsafe class GatheredBytes : TensorBytes, IDisposable
{
    private const int Alignment = 64;

    // Up to this many bytes are read for one that is wanted; beyond, each element is read by itself, so that many small views of one
    // large storage do not read it whole each time.
    private const int MaxReadPerByte = 16;

    private readonly long _bytes;
    private byte* _data;

    /// <summary>Reads the part of the file that the tensor reaches, and copies its elements in row-major order.</summary>
    /// <param name="file">The file.</param>
    /// <param name="begin">Where in it the first element lies.</param>
    /// <param name="shape">The sizes, slowest first, all at least 1.</param>
    /// <param name="strides">Elements between neighbours in each dimension, none negative.</param>
    /// <param name="width">Bytes an element.</param>
    /// <exception cref="CheckpointFormatException">The file became shorter.</exception>
    public GatheredBytes(RandomAccessFile file, long begin, ReadOnlySpan<long> shape, ReadOnlySpan<long> strides, int width)
    {
        long count = 1, last = 0;
        for (var i = 0; i < shape.Length; i++)
        {
            count *= shape[i];
            last += (shape[i] - 1) * strides[i];
        }

        _bytes = count * width;
        _data = (byte*)NativeMemory.AlignedAlloc((nuint)_bytes, Alignment);
        try
        {
            if (last / MaxReadPerByte > count)
            {
                GatherOneByOne(file, begin, shape, strides, width);
            }
            else
            {
                GatherAtOnce(file, begin, (last + 1) * width, shape, strides, width);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public override void Read(long offset, Span<byte> into)
    {
        ObjectDisposedException.ThrowIf(_data is null, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, _bytes - into.Length);
        new ReadOnlySpan<byte>(_data + offset, into.Length).CopyTo(into);
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        NativeMemory.AlignedFree(_data);
        _data = null;
    }

    private void GatherAtOnce(
        RandomAccessFile file, long begin, long reach, ReadOnlySpan<long> shape, ReadOnlySpan<long> strides, int width)
    {
        var scattered = (byte*)NativeMemory.AlignedAlloc((nuint)reach, Alignment);
        try
        {
            for (long at = 0; at < reach; at += int.MaxValue)
            {
                file.Read(begin + at, new Span<byte>(scattered + at, (int)Math.Min(int.MaxValue, reach - at)));
            }

            StridedCopy.Gather(scattered, shape, strides, width, _data);
        }
        finally
        {
            NativeMemory.AlignedFree(scattered);
        }
    }

    private void GatherOneByOne(RandomAccessFile file, long begin, ReadOnlySpan<long> shape, ReadOnlySpan<long> strides, int width)
    {
        for (long element = 0; element < _bytes / width; element++)
        {
            var (rest, at) = (element, 0L);
            for (var i = shape.Length - 1; i >= 0; i--)
            {
                at += rest % shape[i] * strides[i];
                rest /= shape[i];
            }

            file.Read(begin + (at * width), new Span<byte>(_data + (element * width), width));
        }
    }
}
