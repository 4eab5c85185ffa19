using System.Runtime.InteropServices;

namespace PythiaOrleans.Checkpoints.Formats.Safetensors;

/// <summary>
/// Half-precision copies of float32 safetensors whose every value is a half-precision number: the same values in half the space.
/// </summary>
internal static class HalfCopy
{
    // Whole elements of every type; all that is held in memory of a tensor.
    private const int PartBytes = 1 << 20;

    /// <summary>Writes the copy, if it would hold the same values. Reads each value twice, and keeps none.</summary>
    /// <returns>False where the file holds other types, or a value between two halves; nothing is written then.</returns>
    /// <exception cref="CheckpointFormatException">The file is damaged.</exception>
    public static bool TryWrite(string path, string target)
    {
        using var file = SafetensorsFile.Open(path);
        if (!file.Tensors.Any(tensor => tensor.DType == DType.F32)
            || file.Tensors.Any(tensor => tensor.DType is DType.F64 or DType.BF16 || tensor.StoredType is not null)
            || !file.Tensors.Where(tensor => tensor.DType == DType.F32).All(IsOnHalfGrid))
        {
            return false;
        }

        SafetensorsWriter.WriteParts(target, [.. file.Tensors.Select(Copy)]);
        return true;
    }

    private static TensorParts Copy(StoredTensor tensor) => tensor.DType == DType.F32
        ? new TensorParts(tensor.Name, DType.F16, [.. tensor.Shape], tensor.ByteLength / 2, write => WriteHalves(tensor, write))
        : new TensorParts(tensor.Name, tensor.DType, [.. tensor.Shape], tensor.ByteLength, write => tensor.Visit(PartBytes, write));

    private static bool IsOnHalfGrid(StoredTensor tensor)
    {
        var halves = new ushort[PartBytes / sizeof(float)];
        var isOnGrid = true;
        tensor.Visit(PartBytes, bytes =>
        {
            var values = MemoryMarshal.Cast<byte, float>(bytes);
            // NaN payloads would not survive: such a file stays as it is.
            isOnGrid = isOnGrid && HalfGrid.TryConvert(values, halves) && !HasNaN(values);
        });
        return isOnGrid;
    }

    private static void WriteHalves(StoredTensor tensor, StoredTensor.SpanAction write)
    {
        var halves = new ushort[PartBytes / sizeof(float)];
        tensor.Visit(PartBytes, bytes =>
        {
            var values = MemoryMarshal.Cast<byte, float>(bytes);
            if (!HalfGrid.TryConvert(values, halves))
            {
                throw new IOException($"Tensor '{tensor.Name}' changed while it was copied.");
            }

            write(MemoryMarshal.AsBytes(halves.AsSpan(0, values.Length)));
        });
    }

    private static bool HasNaN(ReadOnlySpan<float> values)
    {
        foreach (var value in values)
        {
            if (float.IsNaN(value))
            {
                return true;
            }
        }

        return false;
    }
}
