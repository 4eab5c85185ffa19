using Microsoft.Win32.SafeHandles;

namespace PythiaOrleans.Checkpoints.Formats;

/// <summary>Which parts of a copied file are in memory already; brings the others when they are first needed.</summary>
/// <param name="file">The file, for its length and messages.</param>
/// <param name="handle">Reads it.</param>
/// <param name="target">Where the copy goes: room for the whole file.</param>
internal sealed unsafe class LoadedParts(MappedFile file, SafeFileHandle handle, byte* target)
{
    private const long PartBytes = 1 << 20;

    private readonly Lock _gate = new();
    private readonly bool[] _loaded = new bool[(file.Length + PartBytes - 1) / PartBytes];

    /// <summary>Makes sure that bytes are in memory.</summary>
    /// <exception cref="CheckpointFormatException">The file became shorter.</exception>
    public void Load(long offset, long bytes)
    {
        var (first, last) = (offset / PartBytes, (offset + bytes - 1) / PartBytes);
        lock (_gate)
        {
            for (var part = first; part <= last; part++)
            {
                if (!_loaded[part])
                {
                    Read(part * PartBytes);
                    _loaded[part] = true;
                }
            }
        }
    }

    private void Read(long start)
    {
        var end = Math.Min(start + PartBytes, file.Length);
        for (var at = start; at < end;)
        {
            var read = RandomAccess.Read(handle, new Span<byte>(target + at, (int)(end - at)), at);
            at += read > 0 ? read : throw file.Shortened(RandomAccess.GetLength(handle));
        }
    }
}
