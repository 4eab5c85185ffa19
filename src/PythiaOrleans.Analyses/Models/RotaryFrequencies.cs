using PythiaOrleans.Checkpoints.Families;

namespace PythiaOrleans.Analyses.Models;

/// <summary>The angle by which each pair of dimensions turns from one position to the next.</summary>
/// <remarks>Formulas as in transformers' <c>modeling_rope_utils.py</c>, version 5; computed in float64.</remarks>
internal static class RotaryFrequencies
{
    /// <summary>One frequency for each pair of dimensions, in radians a position.</summary>
    /// <param name="shape">Gives base, scaling and context.</param>
    /// <param name="rotated">n, how many dimensions turn; even.</param>
    /// <param name="length">Positions of a sequence.</param>
    /// <param name="isScaled">Whether the shape's scaling holds; some blocks leave it out.</param>
    /// <returns>[n / 2].</returns>
    public static double[] Compute(ModelShape shape, int rotated, int length, bool isScaled)
    {
        var scaling = isScaled ? shape.RotaryScaling : null;
        var plain = Plain(shape.RotaryBase, rotated);
        return scaling?.Kind switch
        {
            RotaryKind.Linear => Array.ConvertAll(plain, frequency => frequency / scaling.Factor),
            RotaryKind.Dynamic => Dynamic(shape, rotated, length, scaling.Factor),
            RotaryKind.Llama3 => Array.ConvertAll(plain, frequency => Llama3(frequency, scaling)),
            RotaryKind.Yarn => Yarn(plain, shape.RotaryBase, rotated, scaling),
            _ => plain,
        };
    }

    // base^(−2i/n)
    private static double[] Plain(double rotaryBase, int rotated)
    {
        var frequencies = new double[rotated / 2];
        for (var i = 0; i < frequencies.Length; i++)
        {
            frequencies[i] = Math.Pow(rotaryBase, -2.0 * i / rotated);
        }

        return frequencies;
    }

    // The base grows by (f L / C − (f − 1))^(n / (n − 2)) for a sequence of L tokens that is longer than the context C.
    private static double[] Dynamic(ModelShape shape, int rotated, int length, double factor)
    {
        var longer = Math.Max(length, shape.ContextLength) / (double)shape.ContextLength;
        return Plain(shape.RotaryBase * Math.Pow((factor * longer) - (factor - 1), rotated / (rotated - 2.0)), rotated);
    }

    private static double Llama3(double frequency, RotaryScaling scaling)
    {
        var turns = scaling.OriginalContext * frequency / (2 * Math.PI); // within the original context
        if (turns > scaling.HighFrequencyFactor)
        {
            return frequency;
        }

        if (turns < scaling.LowFrequencyFactor)
        {
            return frequency / scaling.Factor;
        }

        var kept = (turns - scaling.LowFrequencyFactor) / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor);
        return ((1 - kept) * frequency / scaling.Factor) + (kept * frequency);
    }

    private static double[] Yarn(double[] plain, double rotaryBase, int rotated, RotaryScaling scaling)
    {
        var (low, high) = (Dimension(scaling.BetaFast), Dimension(scaling.BetaSlow));
        if (scaling.Truncate)
        {
            (low, high) = (Math.Floor(low), Math.Ceiling(high));
        }

        (low, high) = (Math.Max(low, 0), Math.Min(high, rotated - 1));
        var width = low == high ? 0.001 : high - low;
        return [.. plain.Select((frequency, i) =>
        {
            var scaled = Math.Clamp((i - low) / width, 0, 1);
            return (frequency / scaling.Factor * scaled) + (frequency * (1 - scaled));
        })];

        // The pair that turns so many times within the original context.
        double Dimension(double rotations) =>
            rotated * Math.Log(scaling.OriginalContext / (rotations * 2 * Math.PI)) / (2 * Math.Log(rotaryBase));
    }
}
