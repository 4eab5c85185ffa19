using MathNet.Numerics;
using PythiaOrleans.Numerics.Fits;

namespace PythiaOrleans.Numerics.PowerLaws;

/// <summary>A lognormal distribution cut at xmin: x ≥ xmin, and t = ln x − ln xmin is a normal variable cut at 0.</summary>
/// <remarks>
/// With z = (ln xmin − μ)/σ the density of t is exp(−zt/σ − t²/(2σ²)) / (σ R(z)), R(z) Mills' ratio. This is an exponential family in
/// b = −z/σ and a = −1/(2σ²), so that the likelihood is concave in them: for each σ one z has the right mean of t, and over σ the
/// likelihood then has a single top.
/// <para>
/// Where σ grows and z/σ stays, the law becomes a power law. A search over (μ, σ) creeps along that ridge and stops short of its end,
/// which on 100,000 values of a true power law passes for evidence against the lognormal.
/// </para>
/// </remarks>
/// <param name="Sigma">σ of ln x.</param>
/// <param name="Z">(ln xmin − μ)/σ.</param>
internal sealed record CutLognormal(double Sigma, double Z)
{
    // σ in units of the mean of t: beyond, no sample tells the law from a power law.
    private const double MaxSigma = 50;
    private const double Tolerance = 1e-7; // of ln σ
    private const double StepTolerance = 1e-13;
    private const double LeastSpread = 1e-6;

    // From here on Mills' ratio is a continued fraction, which needs no more terms.
    private const double Far = 4;
    private const int Terms = 40;

    /// <summary>The law of largest likelihood.</summary>
    /// <param name="mean">The mean of t, above 0.</param>
    /// <param name="square">The mean of t².</param>
    public static CutLognormal Fit(double mean, double square)
    {
        // A cut takes away from the variance, so that σ is at least the sample's own deviation.
        var spread = Math.Max(Math.Sqrt(Math.Max(square - (mean * mean), 0)), LeastSpread * mean);
        var lnSigma = GoldenSection.Maximise(
            place => OfMean(place, mean).LogDensity(mean, square), // linear in t and t²
            Math.Log(spread),
            Math.Log(MaxSigma * Math.Max(mean, spread)),
            Tolerance);
        return OfMean(lnSigma, mean);
    }

    /// <summary>The logarithm of the density of t.</summary>
    public double LogDensity(double t) => LogDensity(t, t * t);

    private double LogDensity(double t, double square) =>
        -(Z * t / Sigma) - (square / (2 * Sigma * Sigma)) - Math.Log(Sigma) - LogMills(Z);

    // The mean of t is σ h(z), where h falls and is convex: Newton's steps from the left never pass the place that is looked for.
    private static CutLognormal OfMean(double lnSigma, double mean)
    {
        var sigma = Math.Exp(lnSigma);
        var wanted = mean / sigma;
        // Left of it: −z < h(z), and (√(z² + 8) − z)/4 < h(z) (Sampford 1953).
        var z = Math.Max(-wanted, (1 / wanted) - (2 * wanted));
        for (var step = 1.0; step > StepTolerance * (1 + Math.Abs(z));)
        {
            var excess = Excess(z);
            step = (excess - wanted) / (1 - (excess * (excess + z)));
            z += Math.Max(step, 0);
        }

        return new CutLognormal(sigma, z);
    }

    // 1/R(z) − z: the mean of t in units of σ.
    private static double Excess(double z) => z > Far ? 1 / Fraction(z) : Math.Exp(-LogMills(z)) - z;

    // R(z) = Q(z)/φ(z), Q the normal distribution's upper tail and φ its density.
    private static double LogMills(double z) => z > Far
        ? -Math.Log(z + (1 / Fraction(z)))
        : Math.Log(SpecialFunctions.Erfc(z / Constants.Sqrt2) / 2) + (z * z / 2) + Constants.LogSqrt2Pi;

    // z + 2/(z + 3/(z + …)): the rest of Laplace's 1/R(z) = z + 1/(z + 2/(z + 3/(z + …))).
    private static double Fraction(double z)
    {
        var rest = z;
        for (var term = Terms; term >= 2; term--)
        {
            rest = z + (term / rest);
        }

        return rest;
    }
}
