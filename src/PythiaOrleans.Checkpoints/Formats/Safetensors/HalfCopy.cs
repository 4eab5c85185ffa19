using System.Runtime.InteropServices;

namespace PythiaOrleans.Checkpoints.Formats.Safetensors;

/// <summary>
/// Half-precision copies of float32 safetensors whose every value is a half-precision number: the same values in half the space.
/// </summary>
internal static class HalfCopy
{
    /// <summary>Writes the copy, if it would hold the same values.</summary>
    /// <returns>False where the file holds other types, or a value between two halves; nothing is written then.</returns>
    /// <exception cref="CheckpointFormatException">The file is damaged.</exception>
    public static bool TryWrite(string path, string target)
    {
        using var file = SafetensorsFile.Open(path);
        if (!file.Tensors.Any(tensor => tensor.DType == DType.F32) || file.Tensors.Any(tensor => tensor.DType is DType.F64 or DType.BF16 || tensor.StoredType is not null))
        {
            return false;
        }

        var copies = new List<TensorToWrite>();
        foreach (var tensor in file.Tensors)
        {
            if (Convert(tensor) is not { } copy)
            {
                return false;
            }

            copies.Add(copy);
        }

        SafetensorsWriter.Write(target, copies);
        return true;
    }

    private static TensorToWrite? Convert(StoredTensor tensor)
    {
        if (tensor.DType != DType.F32)
        {
            var raw = new byte[tensor.ByteLength];
            var at = 0;
            tensor.Visit(1 << 20, bytes =>
            {
                bytes.CopyTo(raw.AsSpan(at));
                at += bytes.Length;
            });
            return new TensorToWrite(tensor.Name, tensor.DType, [.. tensor.Shape], raw);
        }

        // NaN payloads would not survive: such a file stays as it is.
        var halves = new ushort[tensor.Count];
        return HalfGrid.TryConvert(tensor.Values<float>(), halves) && !HasNaN(tensor.Values<float>())
            ? new TensorToWrite(tensor.Name, DType.F16, [.. tensor.Shape], MemoryMarshal.AsBytes(halves.AsSpan()).ToArray())
            : null;
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
