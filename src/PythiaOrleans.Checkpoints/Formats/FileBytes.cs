namespace PythiaOrleans.Checkpoints.Formats;

/// <summary>A tensor that lies in its file as it is.</summary>
/// <param name="file">The file.</param>
/// <param name="begin">Where in it the first element lies.</param>
internal sealed class FileBytes(RandomAccessFile file, long begin) : TensorBytes
{
    /// <inheritdoc />
    public override void Read(long offset, Span<byte> into) => file.Read(begin + offset, into);
}
