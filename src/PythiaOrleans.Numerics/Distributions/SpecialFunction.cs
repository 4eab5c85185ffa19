namespace PythiaOrleans.Numerics.Distributions;

/// <summary>What the library of special functions lacks.</summary>
internal static class SpecialFunction
{
    /// <summary>The second derivative of ln Γ, x &gt; 0.</summary>
    /// <remarks>By recurrence to x ≥ 12 and the asymptotic series there (Abramowitz and Stegun 6.4.12).</remarks>
    public static double Trigamma(double x)
    {
        double sum = 0;
        for (; x < 12; x++)
        {
            sum += 1 / (x * x);
        }

        var r = 1 / (x * x);
        return sum + (1 / x) + (r / 2) + (r / x * ((1.0 / 6) - (r * ((1.0 / 30) - (r * ((1.0 / 42) - (r / 30)))))));
    }
}
