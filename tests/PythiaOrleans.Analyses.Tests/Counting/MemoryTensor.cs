using System.Runtime.InteropServices;
using PythiaOrleans.Checkpoints.Formats;

namespace PythiaOrleans.Analyses.Tests;

/// <summary>A tensor whose values are in memory.</summary>
internal static class MemoryTensor
{
    /// <summary>A vector of numbers that half precision holds.</summary>
    /// <param name="halves">Their bits.</param>
    /// <param name="type">Half precision or float32.</param>
    public static StoredTensor Of(ushort[] halves, DType type)
    {
        var bytes = type == DType.F16
            ? MemoryMarshal.AsBytes<ushort>(halves)
            : MemoryMarshal.AsBytes<float>(Array.ConvertAll(halves, bits => (float)BitConverter.UInt16BitsToHalf(bits)));
        return new StoredTensor("test", type, [halves.Length], bytes.Length, new MemoryBytes(bytes.ToArray()));
    }

    /// <summary>A float32 tensor of any shape.</summary>
    public static StoredTensor Of(float[] values, params long[] shape) => new(
        "test", DType.F32, shape, sizeof(float) * values.Length, new MemoryBytes(MemoryMarshal.AsBytes<float>(values).ToArray()));
}
