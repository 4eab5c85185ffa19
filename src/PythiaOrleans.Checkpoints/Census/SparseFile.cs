using PythiaOrleans.Checkpoints.Formats;

namespace PythiaOrleans.Checkpoints.Census;

/// <summary>
/// A weight file of which only parts were fetched, at their places in a file of the whole one's length: what reads headers reads files,
/// and compares offsets with the length. Gone when it is disposed.
/// </summary>
internal sealed class SparseFile : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pythia-census-");
    private readonly string _path;

    /// <summary>Makes a file that is a hole.</summary>
    /// <param name="name">The weight file's name, for messages.</param>
    /// <param name="length">Its length.</param>
    public SparseFile(string name, long length)
    {
        _path = Path.Combine(_folder.FullName, name);
        using var file = File.Create(_path);
        file.SetLength(length);
    }

    /// <summary>Writes a part to its place.</summary>
    public void Write(long start, ReadOnlySpan<byte> bytes)
    {
        using var file = File.OpenHandle(_path, FileMode.Open, FileAccess.Write);
        RandomAccess.Write(file, bytes, start);
    }

    /// <summary>Reads from the file.</summary>
    /// <exception cref="CheckpointFormatException">What <paramref name="read"/> throws, with the weight file's name for its path.
    /// </exception>
    public T Read<T>(Func<RandomAccessFile, T> read)
    {
        try
        {
            using var opened = new RandomAccessFile(_path);
            return read(opened);
        }
        catch (CheckpointFormatException error)
        {
            throw new CheckpointFormatException(
                Path.GetFileName(_path), error.Place, error.Expected, error.Found, "The file is damaged, or its upload ended early.");
        }
    }

    /// <inheritdoc />
    public void Dispose() => _folder.Delete(recursive: true);
}
