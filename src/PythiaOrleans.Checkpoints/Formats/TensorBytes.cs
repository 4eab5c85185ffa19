namespace PythiaOrleans.Checkpoints.Formats;

/// <summary>Where a tensor's bytes come from, row-major and contiguous. Thread-safe.</summary>
internal abstract class TensorBytes
{
    /// <summary>Fills a span with the tensor's bytes from a place on.</summary>
    /// <param name="offset">Counted from the tensor's first byte; a multiple of the element's width.</param>
    /// <param name="into">As long as whole elements; ends inside the tensor.</param>
    /// <exception cref="CheckpointFormatException">The file became shorter.</exception>
    public abstract void Read(long offset, Span<byte> into);
}
