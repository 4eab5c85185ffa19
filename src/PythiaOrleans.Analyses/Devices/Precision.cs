using TorchSharp;

namespace PythiaOrleans.Analyses.Devices;

/// <summary>The numbers in which a model runs. Losses and statistics are float32 and float64 whatever it is.</summary>
public enum Precision
{
    /// <summary>The default.</summary>
    Float32,

    /// <summary>8 bits of mantissa, float32's range.</summary>
    BFloat16,

    /// <summary>11 bits of mantissa, up to 65504; on GPUs only.</summary>
    Float16,
}

/// <summary>How a precision is written and what it asks for.</summary>
public static class Precisions
{
    /// <summary>Reads <c>float32</c>, <c>bfloat16</c> or <c>float16</c>.</summary>
    /// <exception cref="ArgumentException">It is none of them.</exception>
    public static Precision Parse(string text) => text switch
    {
        "float32" => Precision.Float32,
        "bfloat16" => Precision.BFloat16,
        "float16" => Precision.Float16,
        _ => throw new ArgumentException($"Unknown precision '{text}': expected float32, bfloat16 or float16."),
    };

    /// <summary>What a sweep's spec holds: nothing where it is the default, so that older specs mean the same.</summary>
    public static string? ToSpec(this Precision precision) => precision == Precision.Float32 ? null : Name(precision);

    /// <summary>What <see cref="ToSpec"/> gave.</summary>
    public static Precision FromSpec(string? spec) => spec is null ? Precision.Float32 : Parse(spec);

    /// <summary>
    /// The parameters of an analysis that runs the model: the precision among them only where it is not the default, which fingerprints
    /// never held.
    /// </summary>
    internal static IReadOnlyDictionary<string, string> With(this IReadOnlyDictionary<string, string> parameters, Precision precision) =>
        precision == Precision.Float32
        ? parameters
        : new Dictionary<string, string>(parameters, StringComparer.Ordinal) { ["precision"] = Name(precision) };

    /// <summary>libtorch's name of it.</summary>
    /// <exception cref="NotSupportedException">The device has no arithmetic of that kind.</exception>
    internal static torch.ScalarType On(this Precision precision, ComputeDevice device) => precision switch
    {
        Precision.Float32 => torch.ScalarType.Float32,
        Precision.BFloat16 => torch.ScalarType.BFloat16,
        _ when device.IsCuda => torch.ScalarType.Float16,
        _ => throw new NotSupportedException(
            $"Precision float16 on {device}: expected a GPU (Worker:Device cuda), found a processor, which has no float16 products. "
            + "Take bfloat16 or float32."),
    };

    private static string Name(Precision precision) => precision.ToString().ToLowerInvariant();
}
