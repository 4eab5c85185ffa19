using System.Runtime.InteropServices;
using PythiaOrleans.Checkpoints.Formats;

namespace PythiaOrleans.Analyses.Tests;

/// <summary>A tensor in managed memory that stays where it is.</summary>
internal sealed unsafe class PinnedTensor : IDisposable
{
    private GCHandle _handle;

    public PinnedTensor(ushort[] halves, DType type)
    {
        Array values = type == DType.F16 ? halves : Array.ConvertAll(halves, bits => (float)BitConverter.UInt16BitsToHalf(bits));
        _handle = GCHandle.Alloc(values, GCHandleType.Pinned);
        Tensor = new StoredTensor("test", type, [halves.Length], (byte*)_handle.AddrOfPinnedObject(), (long)halves.Length * type.Width());
    }

    public StoredTensor Tensor { get; }

    public void Dispose() => _handle.Free();
}
