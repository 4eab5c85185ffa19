using System.Runtime.InteropServices;

namespace PythiaOrleans.Checkpoints.Formats;

/// <summary>The values of a tensor of narrow floating-point numbers, in the wider type; made when they are first needed.</summary>
/// <param name="narrow">The tensor as it is stored.</param>
internal sealed unsafe class WidenedTensor(StoredTensor narrow) : IDisposable
{
    // Whole bytes of every narrow type, and small enough for the caches.
    private const int CodeBytes = 1 << 16;

    private readonly Lock _gate = new();
    private byte* _data;

    /// <summary>The first value.</summary>
    /// <exception cref="CheckpointFormatException">The file became shorter.</exception>
    public byte* Data
    {
        get
        {
            lock (_gate)
            {
                return _data is not null ? _data : _data = Convert();
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            NativeMemory.AlignedFree(_data);
            _data = null;
        }
    }

    private byte* Convert()
    {
        var wider = narrow.DType.Widened()!.Value;
        var width = wider.Width();
        var data = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(1, narrow.Count * width), 64);
        try
        {
            long done = 0;
            narrow.Visit(CodeBytes, codes =>
            {
                var values = codes.Length * 8 / narrow.DType.Bits();
                NarrowFloats.Widen(narrow.DType, codes, new Span<byte>(data + (done * width), values * width));
                done += values;
            });
            return data;
        }
        catch
        {
            NativeMemory.AlignedFree(data);
            throw;
        }
    }
}
