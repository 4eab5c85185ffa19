using PythiaOrleans.Checkpoints.Loading;

namespace PythiaOrleans.Checkpoints.Formats;

/// <summary>One tensor of a weight file, in place: a name, a shape and an address inside the mapped file.</summary>
/// <remarks>Row-major and contiguous. The address is valid until the <see cref="Checkpoint"/> that owns the mapping is disposed.</remarks>
public sealed unsafe class StoredTensor
{
    private readonly byte* _data;
    private readonly MappedFile? _file;

    internal StoredTensor(string name, DType dtype, long[] shape, byte* data, long byteLength, MappedFile? file = null)
    {
        Name = name;
        DType = dtype;
        Shape = shape;
        _data = data;
        _file = file;
        ByteLength = byteLength;
    }

    /// <summary>The name in the file, for example <c>gpt_neox.layers.0.attention.dense.weight</c>.</summary>
    public string Name { get; }

    /// <summary>How the elements are encoded.</summary>
    public DType DType { get; }

    /// <summary>The sizes of the dimensions, slowest first; empty for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>How many bytes the elements take.</summary>
    public long ByteLength { get; }

    /// <summary>How many elements the tensor has.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>The address of the first element, read-only memory.</summary>
    /// <exception cref="CheckpointFormatException">The file became shorter.</exception>
    public nint Address
    {
        get
        {
            _file?.Prepare(_data, ByteLength);
            return (nint)_data;
        }
    }

    /// <summary>Shows the bytes part by part, and gives each part's memory back to the system after it.</summary>
    /// <param name="size">Bytes of a part, a multiple of every type's width.</param>
    /// <param name="see">Called with each part in order.</param>
    internal void Visit(int size, SpanAction see)
    {
        for (long offset = 0; offset < ByteLength; offset += size)
        {
            var count = (int)Math.Min(size, ByteLength - offset);
            _file?.Prepare(_data + offset, count);
            see(new ReadOnlySpan<byte>(_data + offset, count));
            _file?.Release(_data + offset, count);
        }
    }

    /// <summary>Gives the memory of a mapped tensor back to the system, which reads it again when it is next looked at: for what one task looks at once.</summary>
    public void Release() => _file?.Release(_data, ByteLength);

    /// <summary>What looks at bytes.</summary>
    internal delegate void SpanAction(ReadOnlySpan<byte> bytes);

    /// <summary>The elements without a copy.</summary>
    /// <typeparam name="T">A type as wide as the <see cref="DType"/>: <see cref="ushort"/> or <see cref="Half"/> for half precision.</typeparam>
    /// <exception cref="InvalidOperationException">T is of another width.</exception>
    /// <exception cref="CheckpointFormatException">The file became shorter.</exception>
    public ReadOnlySpan<T> Values<T>()
        where T : unmanaged
    {
        if (sizeof(T) != DType.Width())
        {
            throw new InvalidOperationException($"Tensor '{Name}' holds {DType} elements of {DType.Width()} bytes; {typeof(T).Name} has {sizeof(T)}.");
        }

        _file?.Prepare(_data, ByteLength);
        return new ReadOnlySpan<T>(_data, checked((int)(ByteLength / sizeof(T))));
    }
}
