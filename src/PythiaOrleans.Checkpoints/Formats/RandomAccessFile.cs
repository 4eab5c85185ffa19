using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace PythiaOrleans.Checkpoints.Formats;

/// <summary>One file, open for reading at any place. Thread-safe.</summary>
/// <remarks>
/// Files are read, never memory-mapped: reading a mapped page that the file no longer has, because another program cut it off, ends the
/// process, and no exception tells of it. A read that comes back short is an error of this file only.
/// </remarks>
internal sealed class RandomAccessFile : IDisposable
{
    // One update of the hash for each part: small enough for the caches, large enough that a call costs nothing.
    private const int HashPart = 1 << 18;

    private const int StartBytes = 1024;

    private readonly SafeFileHandle _handle;
    private readonly DateTime _modified;

    public RandomAccessFile(string path)
    {
        Path = path;
        _handle = RegularFile.Open(path);
        try
        {
            Length = RandomAccess.GetLength(_handle);
            _modified = File.GetLastWriteTimeUtc(_handle);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Path { get; }

    /// <summary>The length in bytes when the file was opened.</summary>
    public long Length { get; }

    /// <summary>The first bytes, enough to tell what kind of file it is.</summary>
    public byte[] ReadStart() => Read(0, (int)Math.Min(StartBytes, Length));

    /// <summary>A copy of some bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The file had not that many when it was opened.</exception>
    /// <exception cref="CheckpointFormatException">The file became shorter.</exception>
    public byte[] Read(long offset, int count)
    {
        var bytes = new byte[count];
        Read(offset, bytes);
        return bytes;
    }

    /// <summary>Fills a span with the bytes from a place on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The file had not that many when it was opened.</exception>
    /// <exception cref="CheckpointFormatException">The file became shorter.</exception>
    public void Read(long offset, Span<byte> into)
    {
        if (offset < 0 || offset > Length - into.Length)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), offset, $"{Path} has {Length} bytes.");
        }

        for (var done = 0; done < into.Length;)
        {
            var count = RandomAccess.Read(_handle, into[done..], offset + done);
            done += count > 0 ? count : throw Shortened(RandomAccess.GetLength(_handle));
        }
    }

    /// <summary>Refuses a file that is not the one that was opened: what was read of it may be of two versions.</summary>
    /// <exception cref="CheckpointFormatException">Its length or its time of modification changed.</exception>
    public void CheckUnchanged()
    {
        if (RandomAccess.GetLength(_handle) is var now && now < Length)
        {
            throw Shortened(now);
        }

        if (now != Length || File.GetLastWriteTimeUtc(_handle) != _modified)
        {
            throw new CheckpointFormatException(
                Path, "the file", $"{Length} bytes as of {_modified:O}",
                $"{now} bytes as of {File.GetLastWriteTimeUtc(_handle):O}: it was written to while it was read",
                "Wait until the file is complete, then resume the sweep.");
        }
    }

    /// <summary>Name, length and SHA-256. Reads every byte, and keeps none of them in memory.</summary>
    public WeightFile Describe()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(HashPart);
        for (long offset = 0; offset < Length; offset += HashPart)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(HashPart, Length - offset));
            Read(offset, part);
            hash.AppendData(part);
        }

        ArrayPool<byte>.Shared.Return(buffer);
        return new WeightFile(System.IO.Path.GetFileName(Path), Length, Convert.ToHexStringLower(hash.GetCurrentHash()));
    }

    public void Dispose() => _handle.Dispose();

    private CheckpointFormatException Shortened(long now) => new(
        Path, "the file", $"{Length} bytes, as when it was opened", $"{now}: it became shorter while it was read",
        "Put the whole file there, then resume the sweep.");
}
