using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.StreamControls;

/// <summary>Sums of powers of some values, in float64, from which their kurtosis follows.</summary>
/// <param name="Count">How many.</param>
/// <param name="Sum">Σ x.</param>
/// <param name="Squares">Σ x².</param>
/// <param name="Cubes">Σ x³.</param>
/// <param name="Fourths">Σ x⁴.</param>
/// <param name="Largest">The largest |x|.</param>
internal readonly record struct PowerSums(double Count, double Sum, double Squares, double Cubes, double Fourths, double Largest)
{
    /// <summary>m₄/m₂² − 3; NaN where all values are equal or one is not finite.</summary>
    public double ExcessKurtosis
    {
        get
        {
            var mean = Sum / Count;
            var variance = (Squares / Count) - (mean * mean);
            var fourth = ((Fourths - (4 * mean * Cubes) + (6 * mean * mean * Squares)) / Count) - (3 * mean * mean * mean * mean);
            return variance > 0 ? (fourth / (variance * variance)) - 3 : double.NaN;
        }
    }

    /// <summary>The largest |x| over √(Σx²/n).</summary>
    public double LargestOverRms => Largest / Math.Sqrt(Squares / Count);

    /// <summary>Of all values of a tensor.</summary>
    public static PowerSums Of(Tensor values)
    {
        using var scope = NewDisposeScope();
        var x = values.to(float64);
        var squares = x.mul(x);
        return new PowerSums(
            x.numel(), Number(x.sum()), Number(squares.sum()), Number(squares.mul(x).sum()), Number(squares.mul(squares).sum()),
            Number(x.abs().max()));

        static double Number(Tensor sum) => sum.cpu().item<double>();
    }

    /// <summary>Of the values of both.</summary>
    public static PowerSums operator +(PowerSums a, PowerSums b) => new(
        a.Count + b.Count, a.Sum + b.Sum, a.Squares + b.Squares, a.Cubes + b.Cubes, a.Fourths + b.Fourths, Math.Max(a.Largest, b.Largest));
}
