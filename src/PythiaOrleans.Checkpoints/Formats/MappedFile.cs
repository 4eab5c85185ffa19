using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace PythiaOrleans.Checkpoints.Formats;

/// <summary>One file in memory, read-only: mapped, or copied part by part (<see cref="ReadMode"/>). The address is valid until it is disposed.</summary>
/// <remarks>
/// Reading a mapped page that the file no longer has ends the process, and no exception tells of it. So the file's length is looked at before each use.
/// What is left is a file that is cut off while a use lasts; copying excludes that too.
/// </remarks>
internal sealed unsafe partial class MappedFile : IDisposable
{
    // One update of the hash for each mebibyte: small enough for the caches, large enough that the call costs nothing.
    private const int HashBlock = 1 << 20;

    private const int DontNeed = 4; // MADV_DONTNEED

    private readonly SafeFileHandle _handle;
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly LoadedParts? _loaded;
    private readonly DateTime _modified;
    private byte* _data;

    public MappedFile(string path, ReadMode? mode = null)
    {
        Path = path;
        _handle = RegularFile.Open(path);
        try
        {
            Length = RandomAccess.GetLength(_handle);
            _modified = File.GetLastWriteTimeUtc(_handle);
            if (Length == 0)
            {
                return; // an empty file cannot be mapped
            }

            if ((mode ?? ReadModes.For(path, Length)) == ReadMode.Copy)
            {
                // Only room: the system gives each page when it is first written.
                _data = (byte*)NativeMemory.AlignedAlloc((nuint)Length, (nuint)Environment.SystemPageSize);
                _loaded = new LoadedParts(this, _handle, _data);
                return;
            }

            _file = MemoryMappedFile.CreateFromFile(_handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            _view = _file.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _data);
            _data += _view.PointerOffset;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Path { get; }

    public long Length { get; }

    public byte* Data => _data;

    /// <summary>The first bytes, enough to tell what kind of file it is.</summary>
    public ReadOnlySpan<byte> Start => Span(0, (int)Math.Min(1024, Length));

    /// <summary>The length of the file that the path leads to.</summary>
    public static long LengthOf(string path) => RegularFile.LengthOf(path);

    /// <summary>Bytes of the file, in place.</summary>
    /// <exception cref="CheckpointFormatException">The file became shorter.</exception>
    public ReadOnlySpan<byte> Span(long offset, int count)
    {
        if (offset < 0 || count < 0 || offset > Length - count)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), offset, $"{Path} has {Length} bytes.");
        }

        Prepare(_data + offset, count);
        return new ReadOnlySpan<byte>(_data + offset, count);
    }

    /// <summary>Makes sure that bytes can be read: that the file still has them, and, where it is copied, that they are in memory.</summary>
    /// <param name="start">An address inside the file; one outside it, of a tensor that was gathered elsewhere, needs nothing.</param>
    /// <param name="bytes">How many.</param>
    /// <exception cref="CheckpointFormatException">The file became shorter.</exception>
    public void Prepare(byte* start, long bytes)
    {
        if (bytes == 0 || start < _data || start >= _data + Length)
        {
            return;
        }

        if (_loaded is not null)
        {
            _loaded.Load(start - _data, bytes);
        }
        else if (RandomAccess.GetLength(_handle) is var now && now < Length)
        {
            throw Shortened(now);
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
                Path, "the file", $"{Length} bytes as of {_modified:O}", $"{now} bytes as of {File.GetLastWriteTimeUtc(_handle):O}: it was written to while it was read",
                "Wait until the file is complete, then resume the sweep.");
        }
    }

    /// <summary>The error of a file that lost its end.</summary>
    public CheckpointFormatException Shortened(long now) => new(
        Path, "the file", $"{Length} bytes, as when it was opened", $"{now}: it became shorter while it was read", "Put the whole file there, then resume the sweep.");

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
        if (!OperatingSystem.IsLinux() || _loaded is not null)
        {
            return; // other systems trim by themselves; of a copy another thread may still read the same page
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
        if (_view is not null && _data is not null)
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
        else if (_data is not null)
        {
            NativeMemory.AlignedFree(_data);
        }

        _data = null;

        _view?.Dispose();
        _file?.Dispose();
        _handle.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nuint address, nuint length, int advice);
}
