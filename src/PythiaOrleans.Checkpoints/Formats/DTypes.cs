namespace PythiaOrleans.Checkpoints.Formats;

/// <summary>What is known of each <see cref="DType"/>.</summary>
public static class DTypes
{
    private const int BitsPerByte = 8;

    /// <summary>Bytes of an element. Of types narrower than a byte, 1; see <see cref="Bits"/>.</summary>
    public static int Width(this DType type) => Math.Max(1, type.Bits() / BitsPerByte);

    /// <summary>Bits of an element.</summary>
    public static int Bits(this DType type) => type switch
    {
        DType.F64 or DType.I64 or DType.U64 or DType.C64 => 64,
        DType.F32 or DType.I32 or DType.U32 => 32,
        DType.F16 or DType.BF16 or DType.I16 or DType.U16 => 16,
        DType.F6E2M3 or DType.F6E3M2 => 6,
        DType.F4 => 4,
        _ => 8,
    };

    /// <summary>Whether the elements are floating-point numbers that analyses read in place, as every parameter's are.</summary>
    public static bool IsFloat(this DType type) => type is DType.F64 or DType.F32 or DType.F16 or DType.BF16;

    /// <summary>The type that holds every value of a narrow floating-point type exactly; null where the type is read as it is.</summary>
    public static DType? Widened(this DType type) => type switch
    {
        DType.F8E4M3 or DType.F8E5M2 or DType.F4 => DType.F16,
        DType.F8E8M0 => DType.F32, // powers of two from 2^-127 to 2^127
        _ => null,
    };

    /// <summary>The spelling of safetensors headers: <c>F16</c>, <c>BOOL</c>, <c>F8_E4M3</c>.</summary>
    public static string Spelling(this DType type) => type switch
    {
        DType.Bool => "BOOL",
        DType.F8E4M3 => "F8_E4M3",
        DType.F8E5M2 => "F8_E5M2",
        DType.F8E8M0 => "F8_E8M0",
        DType.F6E2M3 => "F6_E2M3",
        DType.F6E3M2 => "F6_E3M2",
        _ => type.ToString(),
    };

    /// <summary>Reads what <see cref="Spelling"/> prints; nothing else.</summary>
    internal static bool TryParse(string text, out DType type)
    {
        foreach (var candidate in Enum.GetValues<DType>())
        {
            if (candidate.Spelling() == text)
            {
                type = candidate;
                return true;
            }
        }

        type = default;
        return false;
    }
}
