using PythiaOrleans.Checkpoints.Loading;

namespace PythiaOrleans.Checkpoints.Formats;

/// <summary>One tensor of a weight file, in place: a name, a shape and an address inside the mapped file.</summary>
/// <remarks>Row-major and contiguous. The address is valid until the <see cref="Checkpoint"/> that owns the mapping is disposed.</remarks>
public sealed unsafe class StoredTensor
{
    private readonly byte* _data;
    private readonly MappedFile? _file;
    private readonly WidenedTensor? _widened;

    internal StoredTensor(string name, DType dtype, long[] shape, byte* data, long byteLength, MappedFile? file = null)
    {
        Name = name;
        DType = dtype;
        Shape = shape;
        _data = data;
        _file = file;
        ByteLength = byteLength;
    }

    private StoredTensor(StoredTensor narrow, DType dtype)
    {
        Name = narrow.Name;
        DType = dtype;
        StoredType = narrow.DType;
        Shape = narrow.Shape;
        ByteLength = narrow.Count * dtype.Width();
        _widened = new WidenedTensor(narrow);
    }

    /// <summary>The name in the file, for example <c>gpt_neox.layers.0.attention.dense.weight</c>.</summary>
    public string Name { get; }

    /// <summary>How the elements are encoded.</summary>
    public DType DType { get; }

    /// <summary>How the file encodes them, where that is a narrower type whose values were widened, each exactly.</summary>
    public DType? StoredType { get; }

    /// <summary>The sizes of the dimensions, slowest first; empty for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>How many bytes the elements take.</summary>
    public long ByteLength { get; }

    /// <summary>How many elements the tensor has.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>The address of the first element, read-only memory.</summary>
    /// <exception cref="CheckpointFormatException">The file became shorter.</exception>
    public nint Address => (nint)Prepare(0, ByteLength);

    /// <summary>
    /// The tensor with elements that analyses read in place: itself, or a view whose values are widened when they are first needed.
    /// </summary>
    internal StoredTensor Widen() => DType.Widened() is { } wider ? new StoredTensor(this, wider) : this;

    /// <summary>Frees the memory of widened values.</summary>
    internal void FreeWidened() => _widened?.Dispose();

    /// <summary>Shows the bytes part by part, and gives each part's memory back to the system after it.</summary>
    /// <param name="size">Bytes of a part, a multiple of every type's width.</param>
    /// <param name="see">Called with each part in order.</param>
    internal void Visit(int size, SpanAction see)
    {
        for (long offset = 0; offset < ByteLength; offset += size)
        {
            var count = (int)Math.Min(size, ByteLength - offset);
            see(new ReadOnlySpan<byte>(Prepare(offset, count), count));
            _file?.Release(_data + offset, count);
        }
    }

    /// <summary>
    /// Gives the memory of a mapped tensor back to the system, which reads it again when it is next looked at: for what one task looks at
    /// once.
    /// </summary>
    public void Release() => _file?.Release(_data, ByteLength);

    /// <summary>What looks at bytes.</summary>
    internal delegate void SpanAction(ReadOnlySpan<byte> bytes);

    /// <summary>The elements without a copy.</summary>
    /// <typeparam name="T">A type as wide as the <see cref="DType"/>: <see cref="ushort"/> or <see cref="Half"/> for half
    /// precision.</typeparam>
    /// <exception cref="InvalidOperationException">T is of another width.</exception>
    /// <exception cref="NotSupportedException">There are more than 2³¹ − 1; <see cref="Part{T}"/> reads some of them.</exception>
    /// <exception cref="CheckpointFormatException">The file became shorter.</exception>
    public ReadOnlySpan<T> Values<T>()
        where T : unmanaged => Count <= int.MaxValue
        ? Part<T>(0, (int)Count)
        : throw new NotSupportedException(
            $"Tensor '{Name}' [{string.Join(", ", Shape)}] has {Count:N0} elements; this analysis reads a tensor as a whole, which goes up "
                + $"to {int.MaxValue:N0}. Leave the analysis out for this model.");

    /// <summary>Some of the elements without a copy, of a tensor of any size.</summary>
    /// <typeparam name="T">A type as wide as the <see cref="DType"/>.</typeparam>
    /// <param name="start">The first one's index in row-major order.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="InvalidOperationException">T is of another width.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The tensor has not that many.</exception>
    /// <exception cref="CheckpointFormatException">The file became shorter.</exception>
    public ReadOnlySpan<T> Part<T>(long start, int count)
        where T : unmanaged
    {
        if (sizeof(T) != DType.Width())
        {
            throw new InvalidOperationException(
                $"Tensor '{Name}' holds {DType} elements of {DType.Width()} bytes; {typeof(T).Name} has {sizeof(T)}.");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Count - count);
        return new ReadOnlySpan<T>(Prepare(start * sizeof(T), (long)count * sizeof(T)), count);
    }

    // Each use looks first whether the bytes are still there.
    private byte* Prepare(long offset, long bytes)
    {
        if (_widened is not null)
        {
            return _widened.Data + offset;
        }

        _file?.Prepare(_data + offset, bytes);
        return _data + offset;
    }
}
