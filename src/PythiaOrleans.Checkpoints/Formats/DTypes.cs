namespace PythiaOrleans.Checkpoints.Formats;

/// <summary>What is known of each <see cref="DType"/>.</summary>
public static class DTypes
{
    /// <summary>Bytes an element.</summary>
    public static int Width(this DType type) => type switch
    {
        DType.F64 or DType.I64 or DType.U64 => 8,
        DType.F32 or DType.I32 or DType.U32 => 4,
        DType.F16 or DType.BF16 or DType.I16 or DType.U16 => 2,
        _ => 1,
    };

    /// <summary>Whether the elements are floating-point numbers, as every parameter's are.</summary>
    public static bool IsFloat(this DType type) => type is DType.F64 or DType.F32 or DType.F16 or DType.BF16;

    /// <summary>The spelling of safetensors headers: <c>F16</c>, <c>BOOL</c>.</summary>
    public static string Spelling(this DType type) => type == DType.Bool ? "BOOL" : type.ToString();

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
