using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;

namespace PythiaOrleans.Checkpoints;

/// <summary>One file, mapped read-only. The address is valid until it is disposed.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    // One update of the hash a megabyte: small enough for the caches, large enough that the call costs nothing.
    private const int HashBlock = 1 << 20;

    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private byte* _data;

    public MappedFile(string path)
    {
        Path = path;
        Length = new FileInfo(path).Length;
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

    /// <summary>Bytes of the file, in place.</summary>
    public ReadOnlySpan<byte> Span(long offset, int count) => offset >= 0 && count >= 0 && offset <= Length - count
        ? new ReadOnlySpan<byte>(_data + offset, count)
        : throw new ArgumentOutOfRangeException(nameof(offset), offset, $"{Path} has {Length} bytes.");

    /// <summary>Name, length and SHA-256. Reads every byte.</summary>
    public WeightFile Describe()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (long offset = 0; offset < Length; offset += HashBlock)
        {
            hash.AppendData(Span(offset, (int)Math.Min(HashBlock, Length - offset)));
        }

        return new WeightFile(System.IO.Path.GetFileName(Path), Length, Convert.ToHexStringLower(hash.GetCurrentHash()));
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
}
