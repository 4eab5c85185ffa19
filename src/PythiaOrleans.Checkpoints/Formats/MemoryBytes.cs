namespace PythiaOrleans.Checkpoints.Formats;

/// <summary>A tensor's bytes that are in memory.</summary>
internal sealed class MemoryBytes(byte[] bytes) : TensorBytes
{
    /// <inheritdoc />
    public override void Read(long offset, Span<byte> into) => bytes.AsSpan((int)offset, into.Length).CopyTo(into);
}
