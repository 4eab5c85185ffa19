using MathNet.Numerics;

namespace PythiaOrleans.Numerics.Distributions;

/// <summary>The maximum-likelihood fit of the generalised normal distribution: β = 2 is the Gaussian, 1 the Laplace distribution.</summary>
/// <remarks>
/// Density β exp(−|z|^β) / (2 a Γ(1/β)), z = (x − μ)/a. For given μ and β the scale is a = (β Σ|x − μ|^β / n)^(1/β), which leaves one
/// equation in β (Nadarajah 2005, Journal of Applied Statistics 32); it is solved by Newton's method between bounds that a coarsened sample
/// gives. μ moves in the same rounds, from β = 2 on by Newton's method in both. Below β = 1 the likelihood has a cusp at every
/// value and μ stays the median. The error of β is that of the profile likelihood's curvature.
/// </remarks>
internal static class GeneralisedNormal
{
    private const double MinShape = 0.3;
    private const double MaxShape = 30;
    private const int CoarseCells = 256;
    private const int Rounds = 40;
    private const int Knots = 257;
    private const double Tolerance = 1e-9;
    private const double EndTolerance = 1e-6;

    /// <summary>Fits the distribution to a standardised sample; its shape is β, at most 30 and at least 0.3.</summary>
    public static DistributionFit Fit(WeightedSample sample, double median, QuantileGrid grid)
    {
        var near = Climb(sample.Coarsen(CoarseCells), median, new Point(0, 2));
        var ((location, shape), power, profile) = Climb(sample, median, near.Point);
        var table = new Lazy<CumulativeTable>(() => new CumulativeTable(z => Cumulative(z, shape), z => Density(z, shape), Knots));
        return new DistributionFit(
            "generalised-normal", location, Math.Pow(shape * power, 1 / shape), shape, 3, profile.Likelihood,
            value => table.Value.At(value), () => Array.ConvertAll(grid.Probabilities, p => table.Value.Invert(p) ?? Quantile(p, shape)))
        {
            ShapeError = shape is > MinShape and < MaxShape ? 1 / Math.Sqrt(-profile.Curvature * sample.Total) : double.NaN,
        };
    }

    private static Top Climb(WeightedSample sample, double median, Point start)
    {
        var (point, low, high) = (start, MinShape, MaxShape);
        for (var round = 1; ; round++)
        {
            var means = sample.PowerMeans(point.Location, point.Shape);
            var profile = Profile.Of(point.Shape, means);
            (low, high) = profile.Slope > 0 ? (Math.Max(low, point.Shape), high) : (low, Math.Min(high, point.Shape));
            var next = Newton(point, means, profile)
                ?? new Point(Locate(median, point, means), Reshape(point.Shape, profile, low, high));
            var (moved, turned) = (Math.Abs(next.Location - point.Location), Math.Abs(next.Shape - point.Shape));
            if (moved + turned < Tolerance || round == Rounds)
            {
                // Halving a range comes as close to its end as one likes, but not there.
                return point.Shape < MinShape + EndTolerance ? Top.At(sample, point with { Shape = MinShape })
                    : point.Shape > MaxShape - EndTolerance ? Top.At(sample, point with { Shape = MaxShape })
                    : new Top(point, means.Power, profile);
            }

            // The bounds were another profile's.
            (low, high) = moved > 1e-3
                ? (MinShape, MaxShape)
                : (Math.Max(low * (1 - moved), MinShape), Math.Min(high * (1 + moved), MaxShape));
            point = next;
        }
    }

    // Newton's step in μ and β together: they hang on each other where the sample is skewed. Null where it leads too far, or not up. Below
    // β = 2 the likelihood's curvature in μ is infinite at a value.
    private static Point? Newton(Point at, PowerMeans means, Profile profile)
    {
        var (slope, curvature) = (means.Odd / means.Power, -(at.Shape - 1) * means.Even / means.Power);
        curvature += at.Shape * slope * slope;
        var mixed = (means.OddLog - (slope * means.Log)) / means.Power;
        var determinant = (curvature * profile.Curvature) - (mixed * mixed);
        var next = new Point(
            at.Location - (((profile.Curvature * slope) - (mixed * profile.Slope)) / determinant),
            at.Shape - (((curvature * profile.Slope) - (mixed * slope)) / determinant));
        return at.Shape >= 2 && curvature < 0 && determinant > 0 && next.Shape < Math.Min(2 * at.Shape, MaxShape)
            && next.Shape > Math.Max(at.Shape / 2, MinShape)
            ? next
            : null;
    }

    private static double Reshape(double shape, Profile profile, double low, double high)
    {
        var newton = shape - (profile.Slope / profile.Curvature);
        return profile.Curvature < 0 && newton > low && newton < high ? newton : Math.Sqrt(low * high);
    }

    // From β = 2 on Newton's step: the sample's own curvature may be far from the expected one. Below, a step of Fisher's scoring: the
    // information on μ is β² Γ(2 − 1/β) / (a² Γ(1/β)).
    private static double Locate(double median, Point at, PowerMeans means)
    {
        if (at.Shape < 1)
        {
            return median;
        }

        if (at.Shape >= 2)
        {
            return at.Location + (means.Odd / ((at.Shape - 1) * means.Even));
        }

        var scale = Math.Pow(at.Shape * means.Power, 1 / at.Shape);
        var score = at.Shape * means.Odd / Math.Pow(scale, at.Shape);
        var information = at.Shape * at.Shape * SpecialFunctions.Gamma(2
            - (1 / at.Shape)) / (scale * scale * SpecialFunctions.Gamma(1 / at.Shape));
        return at.Location + (score / information);
    }

    private static double Cumulative(double z, double shape) =>
        0.5 + (Math.Sign(z) * 0.5 * SpecialFunctions.GammaLowerRegularized(1 / shape, Math.Pow(Math.Abs(z), shape)));

    private static double Density(double z, double shape) =>
        shape / 2 * Math.Exp(-Math.Pow(Math.Abs(z), shape) - SpecialFunctions.GammaLn(1 / shape));

    private static double Quantile(double p, double shape) =>
        Math.Sign(p - 0.5) * Math.Pow(SpecialFunctions.GammaLowerRegularizedInv(1 / shape, Math.Abs((2 * p) - 1)), 1 / shape);

    private readonly record struct Point(double Location, double Shape);

    /// <summary>Where the likelihood is largest, and the mean of |x − μ|^β there.</summary>
    private readonly record struct Top(Point Point, double Power, Profile Profile)
    {
        public static Top At(WeightedSample sample, Point point)
        {
            var means = sample.PowerMeans(point.Location, point.Shape);
            return new Top(point, means.Power, Profile.Of(point.Shape, means));
        }
    }

    /// <summary>The log-likelihood for each value at the best scale, and its first two derivatives in β.</summary>
    private readonly record struct Profile(double Likelihood, double Slope, double Curvature)
    {
        public static Profile Of(double b, PowerMeans means)
        {
            // β ln a; the mean of ln|x − μ| weighted by |x − μ|^β.
            var (logScale, mean) = (Math.Log(b * means.Power), means.Log / means.Power);
            var spread = (means.LogSquare / means.Power) - (mean * mean);
            var (psi, trigamma) = (SpecialFunctions.DiGamma(1 / b), SpecialFunction.Trigamma(1 / b));
            return new Profile(
                Math.Log(b / 2) - SpecialFunctions.GammaLn(1 / b) - ((logScale + 1) / b),
                (1 / b) + ((psi + logScale) / (b * b)) - (mean / b),
                (-1 / (b * b)) - (2 * (psi + logScale) / (b * b * b)) - (trigamma / Math.Pow(b, 4)) + (((1 / b) + mean) / (b * b))
                    + (mean / (b * b)) - (spread / b));
        }
    }
}
