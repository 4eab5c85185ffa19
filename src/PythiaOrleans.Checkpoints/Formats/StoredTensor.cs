using System.Buffers;
using System.Runtime.InteropServices;
using PythiaOrleans.Checkpoints.Loading;

namespace PythiaOrleans.Checkpoints.Formats;

/// <summary>One tensor of a weight file: a name, a shape, and values that are read when they are asked for, and not kept.</summary>
/// <remarks>Row-major and contiguous. It can be read until its <see cref="Checkpoint"/> is disposed, by several threads.</remarks>
public sealed class StoredTensor
{
    private readonly TensorBytes _bytes;

    internal StoredTensor(string name, DType dtype, long[] shape, long byteLength, TensorBytes bytes)
    {
        Name = name;
        DType = dtype;
        Shape = shape;
        ByteLength = byteLength;
        _bytes = bytes;
    }

    /// <summary>The name in the file, for example <c>gpt_neox.layers.0.attention.dense.weight</c>.</summary>
    public string Name { get; }

    /// <summary>How the elements are encoded.</summary>
    public DType DType { get; }

    /// <summary>How the file encodes them, where that is a narrower type whose values were widened, each exactly.</summary>
    public DType? StoredType { get; private init; }

    /// <summary>The sizes of the dimensions, slowest first; empty for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>How many bytes the elements take.</summary>
    public long ByteLength { get; }

    /// <summary>How many elements the tensor has.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>
    /// The tensor with elements of a type that analyses know: itself, or one whose values are widened when they are read.
    /// </summary>
    internal StoredTensor Widen() => DType.Widened() is { } wider
        ? new StoredTensor(Name, wider, [.. Shape], Count * wider.Width(), new WidenedBytes(DType, _bytes)) { StoredType = DType }
        : this;

    /// <summary>What looks at bytes.</summary>
    internal delegate void SpanAction(ReadOnlySpan<byte> bytes);

    /// <summary>Shows the bytes part by part.</summary>
    /// <param name="size">Bytes of a part, a multiple of every type's width.</param>
    /// <param name="see">Called with each part in order; the bytes are gone when it returns.</param>
    internal void Visit(int size, SpanAction see)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(size);
        for (long offset = 0; offset < ByteLength; offset += size)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(size, ByteLength - offset));
            _bytes.Read(offset, part);
            see(part);
        }

        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>A copy of all elements. <see cref="Read{T}"/> in a loop takes less memory.</summary>
    /// <typeparam name="T">A type as wide as the <see cref="DType"/>: <see cref="ushort"/> or <see cref="Half"/> for half
    /// precision.</typeparam>
    /// <exception cref="InvalidOperationException">T is of another width.</exception>
    /// <exception cref="NotSupportedException">There are more than an array may have, <see cref="Array.MaxLength"/>.</exception>
    /// <exception cref="CheckpointFormatException">The file became shorter.</exception>
    public T[] Values<T>()
        where T : unmanaged
    {
        if (Count > Array.MaxLength)
        {
            throw new NotSupportedException(
                $"Tensor '{Name}' [{string.Join(", ", Shape)}] has {Count:N0} elements; this analysis reads a tensor as a whole, which "
                    + $"goes up to {Array.MaxLength:N0}. Leave the analysis out for this model.");
        }

        var values = GC.AllocateUninitializedArray<T>((int)Count);
        Read<T>(0, values);
        return values;
    }

    /// <summary>Fills a span with the elements from one of them on, of a tensor of any size.</summary>
    /// <typeparam name="T">A type as wide as the <see cref="DType"/>.</typeparam>
    /// <param name="start">The first one's index in row-major order.</param>
    /// <param name="into">As many as are wanted.</param>
    /// <exception cref="InvalidOperationException">T is of another width.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The tensor has not that many.</exception>
    /// <exception cref="CheckpointFormatException">The file became shorter.</exception>
    public unsafe void Read<T>(long start, Span<T> into)
        where T : unmanaged
    {
        if (sizeof(T) != DType.Width())
        {
            throw new InvalidOperationException(
                $"Tensor '{Name}' holds {DType} elements of {DType.Width()} bytes; {typeof(T).Name} has {sizeof(T)}.");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Count - into.Length);

        // As bytes a span may be longer than spans can say.
        var atMost = int.MaxValue / sizeof(T);
        for (var done = 0; done < into.Length; done += atMost)
        {
            var part = into.Slice(done, Math.Min(atMost, into.Length - done));
            _bytes.Read((start + done) * sizeof(T), MemoryMarshal.AsBytes(part));
        }
    }
}
