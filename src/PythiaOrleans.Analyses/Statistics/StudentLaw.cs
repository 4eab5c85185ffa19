using MathNet.Numerics;
using MathNet.Numerics.Distributions;

namespace PythiaOrleans.Analyses;

/// <summary>The maximum-likelihood fit of Student's t: location and scale by EM at fixed degrees of freedom, these by a search on the profile likelihood.</summary>
/// <remarks>The search runs on a coarsened sample; the last steps and every reported number use the whole one.</remarks>
internal static class StudentLaw
{
    /// <summary>Above this many degrees of freedom the law is a Gaussian for every purpose; a fit that ends here says so.</summary>
    public const double MostFreedom = 1000;

    private const double LeastFreedom = 0.3;
    private const int CoarseCells = 512;
    private const int CoarseEmSteps = 30;
    private const int PolishEmSteps = 60;
    private const double EmTolerance = 1e-11;
    private const double GoldenTolerance = 1e-4;

    /// <summary>Fits the law to a standardised sample.</summary>
    public static Law Fit(WeightedSample sample)
    {
        var coarse = sample.Coarsen(CoarseCells);
        var start = (Location: 0.0, Scale: 0.8);
        var logFreedom = GoldenMaximum(
            log => Profile(coarse, Math.Exp(log), ref start, CoarseEmSteps), Math.Log(LeastFreedom), Math.Log(MostFreedom), GoldenTolerance);

        var fit = start;
        logFreedom = Polish(log => Profile(sample, Math.Exp(log), ref fit, PolishEmSteps), logFreedom);
        var freedom = Math.Exp(logFreedom);
        var likelihood = Profile(sample, freedom, ref fit, PolishEmSteps);
        var table = new StudentTable(freedom, (sample.Values[0] - fit.Location) / fit.Scale, (sample.Values[^1] - fit.Location) / fit.Scale);
        return new Law("student-t", fit.Location, fit.Scale, freedom, 3, likelihood, table.Cumulative, table.Quantiles(Laws.Probabilities));
    }

    // The log-likelihood a value at the best location and scale for these degrees of freedom.
    private static double Profile(WeightedSample sample, double freedom, ref (double Location, double Scale) start, int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            var next = sample.StudentStep(start.Location, start.Scale, freedom);
            var moved = Math.Abs(next.Location - start.Location) + Math.Abs(next.Scale - start.Scale);
            start = next;
            if (moved < EmTolerance * start.Scale)
            {
                break;
            }
        }

        return SpecialFunctions.GammaLn((freedom + 1) / 2) - SpecialFunctions.GammaLn(freedom / 2) - (0.5 * Math.Log(freedom * Math.PI))
            - Math.Log(start.Scale) - ((freedom + 1) / 2 * sample.StudentEnergy(start.Location, start.Scale, freedom));
    }

    // Golden-section search; the profile likelihood has one maximum in log ν.
    private static double GoldenMaximum(Func<double, double> f, double low, double high, double tolerance)
    {
        var ratio = (Math.Sqrt(5) - 1) / 2;
        var (x1, x2) = (high - (ratio * (high - low)), low + (ratio * (high - low)));
        var (f1, f2) = (f(x1), f(x2));
        while (high - low > tolerance)
        {
            if (f1 > f2)
            {
                (high, x2, f2) = (x2, x1, f1);
                x1 = high - (ratio * (high - low));
                f1 = f(x1);
            }
            else
            {
                (low, x1, f1) = (x1, x2, f2);
                x2 = low + (ratio * (high - low));
                f2 = f(x2);
            }
        }

        return (low + high) / 2;
    }

    // Two steps of a parabola through three points of the whole sample's profile.
    private static double Polish(Func<double, double> f, double x)
    {
        const double width = 0.02;
        for (var step = 0; step < 2; step++)
        {
            var (left, middle, right) = (f(x - width), f(x), f(x + width));
            var curvature = left - (2 * middle) + right;
            if (curvature >= 0)
            {
                break; // flat: the law is a Gaussian here
            }

            x = Math.Clamp(x + Math.Clamp(width * (left - right) / (2 * curvature), -0.2, 0.2), Math.Log(LeastFreedom), Math.Log(MostFreedom));
        }

        return x;
    }

    /// <summary>The distribution function of Student's t between two ends, from exact values at knots and cubics with the density as slope.</summary>
    private sealed class StudentTable
    {
        private const int Knots = 257;

        private readonly double _freedom;
        private readonly double _low;
        private readonly double _width;
        private readonly double[] _cumulative = new double[Knots];
        private readonly double[] _slopes = new double[Knots];

        // Knots are equal steps of u = asinh z: dense in the bulk, and enough for the longest tail.
        public StudentTable(double freedom, double low, double high)
        {
            _freedom = freedom;
            _low = Math.Asinh(Math.Min(low, -8));
            _width = (Math.Asinh(Math.Max(high, 8)) - _low) / (Knots - 1);
            for (var i = 0; i < Knots; i++)
            {
                var u = _low + (i * _width);
                var z = Math.Sinh(u);
                _cumulative[i] = StudentT.CDF(0, 1, freedom, z);
                _slopes[i] = StudentT.PDF(0, 1, freedom, z) * Math.Cosh(u) * _width;
            }
        }

        public double Cumulative(double z)
        {
            var position = (Math.Asinh(z) - _low) / _width;
            var knot = Math.Clamp((int)position, 0, Knots - 2);
            return Cubic(knot, position - knot);
        }

        /// <summary>Inverts the table by bisection within a cell; outside it, exactly.</summary>
        public double[] Quantiles(double[] probabilities) => Array.ConvertAll(probabilities, p =>
        {
            if (p < _cumulative[0] || p > _cumulative[Knots - 1])
            {
                return StudentT.InvCDF(0, 1, _freedom, p);
            }

            var found = Array.BinarySearch(_cumulative, p);
            var knot = Math.Clamp(found >= 0 ? found : ~found - 1, 0, Knots - 2);
            var (low, high) = (0.0, 1.0);
            for (var step = 0; step < 48; step++)
            {
                var middle = (low + high) / 2;
                (low, high) = Cubic(knot, middle) < p ? (middle, high) : (low, middle);
            }

            return Math.Sinh(_low + ((knot + ((low + high) / 2)) * _width));
        });

        private double Cubic(int knot, double t)
        {
            var (a, b, da, db) = (_cumulative[knot], _cumulative[knot + 1], _slopes[knot], _slopes[knot + 1]);
            var s = 1 - t;
            return (s * s * ((1 + (2 * t)) * a)) + (s * s * t * da) + (t * t * (3 - (2 * t)) * b) - (t * t * s * db);
        }
    }
}
