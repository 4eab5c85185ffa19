using System.Buffers.Binary;
using PythiaOrleans.Checkpoints.Formats;

namespace PythiaOrleans.Checkpoints.Census;

/// <summary>Little-endian floating-point numbers of a stored type as single precision.</summary>
internal static class FloatDecoder
{
    public static float[] Decode(DType type, ReadOnlySpan<byte> bytes)
    {
        var width = type.Width();
        var values = new float[bytes.Length / width];
        for (var i = 0; i < values.Length; i++)
        {
            var element = bytes[(i * width)..];
            values[i] = type switch
            {
                DType.F64 => (float)BinaryPrimitives.ReadDoubleLittleEndian(element),
                DType.F32 => BinaryPrimitives.ReadSingleLittleEndian(element),
                DType.F16 => (float)BinaryPrimitives.ReadHalfLittleEndian(element),
                DType.BF16 => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadInt16LittleEndian(element) << 16),
                _ => throw new ArgumentOutOfRangeException(nameof(type), type, "No type of floating-point numbers."),
            };
        }

        return values;
    }
}
