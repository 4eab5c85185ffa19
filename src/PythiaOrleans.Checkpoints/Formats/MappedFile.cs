using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace PythiaOrleans.Checkpoints.Formats;

/// <summary>One file, mapped read-only. The address is valid until it is disposed.</summary>
internal sealed unsafe partial class MappedFile : IDisposable
{
    // One update of the hash a megabyte: small enough for the caches, large enough that the call costs nothing.
    private const int HashBlock = 1 << 20;

    private const int DontNeed = 4; // MADV_DONTNEED

    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private byte* _data;

    public MappedFile(string path)
    {
        Path = path;
        Length = LengthOf(path);
        if (Length == 0)
        {
            return; // an empty file cannot be mapped
        }

        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, capacity: 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _data);
        _data += _view.PointerOffset;
    }

    public string Path { get; }

    public long Length { get; }

    public byte* Data => _data;

    /// <summary>The length of the file that the path leads to. FileInfo would tell the length of a link's text, and the hub's cache is made of links.</summary>
    public static long LengthOf(string path)
    {
        using var file = File.OpenHandle(path);
        return RandomAccess.GetLength(file);
    }

    /// <summary>Bytes of the file, in place.</summary>
    public ReadOnlySpan<byte> Span(long offset, int count) => offset >= 0 && count >= 0 && offset <= Length - count
        ? new ReadOnlySpan<byte>(_data + offset, count)
        : throw new ArgumentOutOfRangeException(nameof(offset), offset, $"{Path} has {Length} bytes.");

    /// <summary>Name, length and SHA-256. Reads every byte, and keeps none of them in memory.</summary>
    public WeightFile Describe()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (long offset = 0; offset < Length; offset += HashBlock)
        {
            var block = (int)Math.Min(HashBlock, Length - offset);
            hash.AppendData(Span(offset, block));
            Release(_data + offset, block);
        }

        return new WeightFile(System.IO.Path.GetFileName(Path), Length, Convert.ToHexStringLower(hash.GetCurrentHash()));
    }

    /// <summary>Takes whole pages of a part of the file out of this process; they stay in the system's cache as long as it has room.</summary>
    public void Release(byte* start, long bytes)
    {
        if (!OperatingSystem.IsLinux())
        {
            return; // other systems trim by themselves
        }

        var page = (nuint)Environment.SystemPageSize;
        var from = ((nuint)start + page - 1) / page * page;
        var to = ((nuint)start + (nuint)bytes) / page * page;
        if (to > from && start >= _data && start + bytes <= _data + Length)
        {
            _ = Advise(from, to - from, DontNeed); // advice: if it is not taken, nothing is lost
        }
    }

    public void Dispose()
    {
        if (_data is not null)
        {
            _data = null;
            _view!.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file!.Dispose();
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nuint address, nuint length, int advice);
}
