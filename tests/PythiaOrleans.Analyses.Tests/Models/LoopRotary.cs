using System.Text.Json;

namespace PythiaOrleans.Analyses.Tests;

/// <summary>
/// Rotary settings of a <c>config.json</c>, read and computed a second time in float64, from the papers and from transformers' formulas,
/// sharing no code with the product.
/// </summary>
internal sealed class LoopRotary
{
    private readonly double[] _frequencies;
    private readonly double _magnitude = 1;

    public LoopRotary(JsonElement config, int headSize, int length, bool scaled, double share = 1, double rotaryBase = 10_000)
    {
        var inner = config.TryGetProperty("rope_parameters", out var parameters)
            ? parameters
            : config.TryGetProperty("rope_scaling", out parameters)
            ? parameters
            : default;
        share = Number(inner, "partial_rotary_factor") ?? Number(config, "partial_rotary_factor") ?? Number(config, "rotary_pct") ?? share;
        rotaryBase = Number(inner, "rope_theta") ?? Number(config, "rope_theta") ?? Number(config, "rotary_emb_base") ?? rotaryBase;
        var type = scaled && inner.ValueKind == JsonValueKind.Object
            ? inner.TryGetProperty("rope_type", out var name) || inner.TryGetProperty("type", out name) ? name.GetString()! : "default"
            : "default";
        var (n, context, factor) = (
            (int)(headSize * share), Number(config, "max_position_embeddings")!.Value, Number(inner, "factor") ?? 1);
        var original = Number(inner, "original_max_position_embeddings") ?? context;
        if (type == "dynamic" && length > context)
        {
            rotaryBase *= Math.Pow((factor * length / context) - (factor - 1), n / (n - 2.0));
        }

        _frequencies = [.. Enumerable.Range(0, n / 2).Select(i => 1 / Math.Pow(rotaryBase, 2.0 * i / n))];
        switch (type)
        {
            case "linear":
                _frequencies = [.. _frequencies.Select(frequency => frequency / factor)];
                break;
            case "llama3":
                _frequencies = [.. _frequencies.Select(frequency => Llama3(inner, frequency, factor, original))];
                break;
            case "yarn":
                _frequencies = Yarn(inner, n, rotaryBase, factor, original);
                _magnitude = Number(inner, "attention_factor") ?? ((0.1 * Math.Log(factor)) + 1);
                break;
        }
    }

    /// <summary>Dimension i turns with dimension i + n/2; beyond n nothing turns.</summary>
    public double[] Rotate(double[] x, int position)
    {
        var (y, half) = ((double[])x.Clone(), _frequencies.Length);
        for (var i = 0; i < half; i++)
        {
            var (cos, sin) = (_magnitude * Math.Cos(position * _frequencies[i]), _magnitude * Math.Sin(position * _frequencies[i]));
            y[i] = (x[i] * cos) - (x[i + half] * sin);
            y[i + half] = (x[i + half] * cos) + (x[i] * sin);
        }

        return y;
    }

    private static double? Number(JsonElement config, string name) =>
        config.ValueKind == JsonValueKind.Object && config.TryGetProperty(name, out var field) && field.ValueKind == JsonValueKind.Number
            ? field.GetDouble()
            : null;

    // By wavelengths, as Llama 3.1's own code has it.
    private static double Llama3(JsonElement inner, double frequency, double factor, double original)
    {
        var (low, high) = (Number(inner, "low_freq_factor")!.Value, Number(inner, "high_freq_factor")!.Value);
        var wavelength = 2 * Math.PI / frequency;
        if (wavelength < original / high)
        {
            return frequency;
        }

        var smooth = ((original / wavelength) - low) / (high - low);
        return wavelength > original / low ? frequency / factor : ((1 - smooth) * frequency / factor) + (smooth * frequency);
    }

    private static double[] Yarn(JsonElement inner, int n, double rotaryBase, double factor, double original)
    {
        var low = Math.Max(0, Math.Floor(Dimension(Number(inner, "beta_fast") ?? 32)));
        var high = Math.Min(n - 1, Math.Ceiling(Dimension(Number(inner, "beta_slow") ?? 1)));
        var frequencies = new double[n / 2];
        for (var i = 0; i < frequencies.Length; i++)
        {
            var kept = 1 - Math.Min(1, Math.Max(0, (i - low) / (high - low)));
            var period = Math.Pow(rotaryBase, 2.0 * i / n);
            frequencies[i] = (1 / (factor * period) * (1 - kept)) + (1 / period * kept);
        }

        return frequencies;

        double Dimension(double rotations) => n * Math.Log(original / (rotations * 2 * Math.PI)) / (2 * Math.Log(rotaryBase));
    }
}
