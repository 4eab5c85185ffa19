using MathNet.Numerics;
using MathNet.Numerics.Distributions;
using PythiaOrleans.Numerics.Fits;

namespace PythiaOrleans.Numerics.Distributions;

/// <summary>
/// The maximum-likelihood fit of Student's t: a search over the degrees of freedom on a coarsened sample, then Fisher's scoring on the
/// whole one.
/// </summary>
/// <remarks>
/// Scores and expected information as in Lange, Little and Taylor 1989 (JASA 84, appendix), in μ, log σ and log ν; every reported number is
/// of the whole sample.
/// </remarks>
internal static class StudentTDistribution
{
    /// <summary>
    /// Above this many degrees of freedom the distribution is a Gaussian for every purpose; a fit that ends here says so.
    /// </summary>
    public const double MaxFreedom = 1000;

    private const double MinFreedom = 0.3;
    private const int CoarseCells = 256;
    private const int EmSteps = 30;
    private const int ScoringSteps = 25;
    private const double EmTolerance = 1e-11;
    private const double ScoringTolerance = 1e-9;
    private const double GoldenTolerance = 0.02;
    private const int Knots = 257;

    // A scale that shrinks around a value of this share makes the sample ever likelier at the fewest degrees of freedom.
    private const double MaxShare = MinFreedom / (1 + MinFreedom);

    /// <summary>
    /// Fits the distribution to a standardised sample; null where more than 23 % of it are one value, as its likelihood then has no top.
    /// </summary>
    public static DistributionFit? Fit(WeightedSample sample, QuantileGrid grid)
    {
        if (sample.LargestCount > MaxShare * sample.Total)
        {
            return null;
        }

        var coarse = sample.Coarsen(CoarseCells);
        var start = new Point(0, 0.8, double.NaN);
        // The profile likelihood has one top in log ν.
        var logFreedom = GoldenSection.Maximise(
            log => Profile(coarse, Math.Exp(log), ref start), Math.Log(MinFreedom), Math.Log(MaxFreedom), GoldenTolerance);
        var (fit, likelihood) = Math.Log(MaxFreedom) - logFreedom < 2 * GoldenTolerance
            ? AtTheGaussianEnd(sample, start)
            : Score(sample, start with { Freedom = Math.Exp(logFreedom) });

        var student = new StudentT(0, 1, fit.Freedom);
        var table = new Lazy<CumulativeTable>(() => new CumulativeTable(student.CumulativeDistribution, student.Density, Knots));
        return new DistributionFit(
            "student-t", fit.Location, fit.Scale, fit.Freedom, 3, likelihood, value => table.Value.At(value),
            () => Array.ConvertAll(grid.Probabilities, p => table.Value.Invert(p) ?? TailQuantile(student, p)))
        {
            ShapeError = FreedomError(fit.Freedom, sample.Total),
        };
    }

    // The library's own inverse gives up on the longest tails (few degrees of freedom).
    private static double TailQuantile(StudentT student, double p)
    {
        if (p > 0.5)
        {
            return -TailQuantile(student, 1 - p);
        }

        var (low, high) = (0.0, 1.0);
        while (student.CumulativeDistribution(-high) > p && high < 1e100)
        {
            (low, high) = (high, high * 4);
        }

        for (var step = 0; step < 60; step++)
        {
            var middle = (low + high) / 2;
            (low, high) = student.CumulativeDistribution(-middle) > p ? (middle, high) : (low, middle);
        }

        return -high;
    }

    private static (Point Fit, double Likelihood) AtTheGaussianEnd(WeightedSample sample, Point start)
    {
        var likelihood = Profile(sample, MaxFreedom, ref start);
        return (start with { Freedom = MaxFreedom }, likelihood);
    }

    // The log-likelihood for each value at the best location and scale for these degrees of freedom, which EM finds.
    private static double Profile(WeightedSample sample, double freedom, ref Point point)
    {
        for (var step = 0; step < EmSteps; step++)
        {
            var (location, scale) = sample.StudentStep(point.Location, point.Scale, freedom);
            var moved = Math.Abs(location - point.Location) + Math.Abs(scale - point.Scale);
            point = new Point(location, scale, freedom);
            if (moved < EmTolerance * scale)
            {
                break;
            }
        }

        return Likelihood(point, sample.StudentSums(point.Location, point.Scale, freedom).Energy);
    }

    private static double Likelihood(Point at, double energy) =>
        SpecialFunctions.GammaLn((at.Freedom + 1) / 2) - SpecialFunctions.GammaLn(at.Freedom / 2) - (0.5 * Math.Log(at.Freedom * Math.PI))
        - Math.Log(at.Scale) - ((at.Freedom + 1) / 2 * energy);

    private static (Point Fit, double Likelihood) Score(WeightedSample sample, Point start)
    {
        var (best, bestLikelihood) = (start, double.NegativeInfinity);
        var (point, move) = (start, default(Move));
        for (var step = 0; step < ScoringSteps; step++)
        {
            var sums = sample.StudentSums(point.Location, point.Scale, point.Freedom);
            var likelihood = Likelihood(point, sums.Energy);
            if (likelihood >= bestLikelihood)
            {
                (best, bestLikelihood, move) = (point, likelihood, MoveFrom(point, sums));
            }
            else
            {
                move = move.Halved; // too far: half the way from the best
            }

            if (move.Size < ScoringTolerance)
            {
                break;
            }

            point = best.Plus(move);
        }

        return (best, bestLikelihood);
    }

    // Information⁻¹ · score. Location is independent of the others; log σ and log ν are a 2 x 2 system.
    private static Move MoveFrom(Point at, (double Z, double Zz, double Energy) sums)
    {
        var nu = at.Freedom;
        var scoreScale = ((nu + 1) * sums.Zz) - 1;
        var scoreFreedom = nu / 2 * (SpecialFunctions.DiGamma((nu + 1) / 2) - SpecialFunctions.DiGamma(nu / 2) - (1 / nu) - sums.Energy
            + ((nu + 1) / nu * sums.Zz));
        var (a, b, c) = Information(nu);
        var determinant = (a * c) - (b * b);
        return new Move(
            at.Scale * (nu + 3) * sums.Z,
            ((c * scoreScale) - (b * scoreFreedom)) / determinant,
            Math.Clamp(((a * scoreFreedom) - (b * scoreScale)) / determinant, -0.5, 0.5));
    }

    // Expected information of one value on (log σ, log ν).
    private static (double A, double B, double C) Information(double nu) => (
        2 * nu / (nu + 3),
        -2 * nu / ((nu + 1) * (nu + 3)),
        nu * nu * ((0.25 * (SpecialFunction.Trigamma(nu / 2) - SpecialFunction.Trigamma((nu + 1) / 2)))
            - ((nu + 5) / (2 * nu * (nu + 1) * (nu + 3)))));

    // ν times the standard error of log ν; at the ends of the range the likelihood has no maximum, and the error no meaning.
    private static double FreedomError(double nu, double count)
    {
        var (a, b, c) = Information(nu);
        return nu is > MinFreedom and < MaxFreedom ? nu * Math.Sqrt(a / (((a * c) - (b * b)) * count)) : double.NaN;
    }

    private readonly record struct Point(double Location, double Scale, double Freedom)
    {
        public Point Plus(Move move) => new(
            Location + move.Location, Scale * Math.Exp(move.LogScale),
            Math.Clamp(Freedom * Math.Exp(move.LogFreedom), MinFreedom, MaxFreedom));
    }

    private readonly record struct Move(double Location, double LogScale, double LogFreedom)
    {
        public Move Halved => new(Location / 2, LogScale / 2, LogFreedom / 2);

        public double Size => Math.Abs(Location) + Math.Abs(LogScale) + Math.Abs(LogFreedom);
    }
}
