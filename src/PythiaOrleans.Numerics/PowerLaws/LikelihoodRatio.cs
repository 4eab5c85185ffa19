using MathNet.Numerics;

namespace PythiaOrleans.Numerics.PowerLaws;

/// <summary>Vuong's comparison of two distributions on one sample (Vuong 1989; Clauset, Shalizi and Newman 2009, section 5).</summary>
/// <param name="Ratio">The normalised log-likelihood ratio: positive favours the first distribution.</param>
/// <param name="P">Its two-sided p value: above 0.1 neither is favoured.</param>
internal sealed record LikelihoodRatio(double Ratio, double P)
{
    /// <summary>Nothing was compared.</summary>
    public static LikelihoodRatio None { get; } = new(double.NaN, double.NaN);

    /// <summary>Compares two log-densities.</summary>
    /// <param name="sample">The values at which they are evaluated.</param>
    /// <param name="counts">How often each value occurs.</param>
    /// <param name="first">The first log-density.</param>
    /// <param name="second">The second log-density.</param>
    public static LikelihoodRatio Compare(
        ReadOnlySpan<double> sample, ReadOnlySpan<long> counts, Func<double, double> first, Func<double, double> second)
    {
        var differences = new double[sample.Length];
        double sum = 0, squares = 0;
        long total = 0;
        for (var i = 0; i < sample.Length; i++)
        {
            differences[i] = first(sample[i]) - second(sample[i]);
            sum += counts[i] * differences[i];
            total += counts[i];
        }

        var mean = sum / total;
        for (var i = 0; i < sample.Length; i++)
        {
            squares += counts[i] * ((differences[i] - mean) * (differences[i] - mean));
        }

        var deviation = Math.Sqrt(squares / total);
        var ratio = mean * Math.Sqrt(total) / deviation;
        return deviation > 0 ? new LikelihoodRatio(ratio, SpecialFunctions.Erfc(Math.Abs(ratio) / Math.Sqrt(2))) : None;
    }
}
