using MathNet.Numerics;

namespace PythiaOrleans.Numerics.PowerLaws;

/// <summary>A power law beside the exponential and the lognormal distribution on the same tail, both cut at xmin.</summary>
/// <param name="Exponential">Against the exponential distribution; positive favours the power law.</param>
/// <param name="Lognormal">Against the lognormal distribution.</param>
internal sealed record PowerLawAlternatives(LikelihoodRatio Exponential, LikelihoodRatio Lognormal)
{
    /// <summary>Nothing was compared.</summary>
    public static PowerLawAlternatives None { get; } = new(LikelihoodRatio.None, LikelihoodRatio.None);

    /// <summary>Fits both alternatives to the tail of a fitted power law and compares.</summary>
    public static PowerLawAlternatives Compare(PowerLawSample sample, PowerLawFit fit)
    {
        if (fit.Count == 0)
        {
            return None;
        }

        var length = sample.Values.Count(value => value >= fit.XMin);
        var tail = new Tail(sample.Logs.AsSpan(0, length), sample.Counts.AsSpan(0, length), fit.Alpha);
        return new PowerLawAlternatives(tail.AgainstExponential(), tail.AgainstLognormal());
    }

    private readonly ref struct Tail(ReadOnlySpan<double> logs, ReadOnlySpan<long> counts, double alpha)
    {
        private readonly ReadOnlySpan<double> _logs = logs;
        private readonly ReadOnlySpan<long> _counts = counts;
        private readonly double _alpha = alpha;

        public LikelihoodRatio AgainstExponential()
        {
            var (least, alpha) = (_logs[^1], _alpha);
            var start = Math.Exp(least);
            var rate = 1 / (Mean(Math.Exp) - start);
            return LikelihoodRatio.Compare(
                _logs, _counts, log => LogDensity(log, least, alpha), log => Math.Log(rate) - (rate * (Math.Exp(log) - start)));
        }

        // The likelihood of the cut lognormal distribution needs only Σ ln x and Σ ln² x: a search over (μ, ln σ) costs nothing.
        public LikelihoodRatio AgainstLognormal()
        {
            var (least, alpha) = (_logs[^1], _alpha);
            var (mean, square) = (Mean(log => log), Mean(log => log * log));
            var spread = Math.Sqrt(Math.Max(square - (mean * mean), 1e-12));
            var (mu, lnSigma) = AxisSearch.Maximise(mean, Math.Log(spread), (m, s) =>
            {
                var scale = Math.Exp(s);
                return -s - ((square - (2 * m * mean) + (m * m)) / (2 * scale * scale)) - LogSurvival((least - m) / scale);
            });
            var sigma = Math.Exp(lnSigma);
            var share = LogSurvival((least - mu) / sigma);
            return LikelihoodRatio.Compare(
                _logs,
                _counts,
                log => LogDensity(log, least, alpha),
                log => -log - lnSigma - (0.5 * Math.Log(2 * Math.PI)) - (Math.Pow((log - mu) / sigma, 2) / 2) - share);
        }

        private static double LogDensity(double log, double least, double alpha) => Math.Log(alpha - 1) - least - (alpha * (log - least));

        private static double LogSurvival(double z) => z < 25
            ? Math.Log(SpecialFunctions.Erfc(z / Math.Sqrt(2)) / 2)
            : (-z * z / 2) - Math.Log(z * Math.Sqrt(2 * Math.PI));

        private double Mean(Func<double, double> f)
        {
            double sum = 0;
            long total = 0;
            for (var i = 0; i < _logs.Length; i++)
            {
                sum += _counts[i] * f(_logs[i]);
                total += _counts[i];
            }

            return sum / total;
        }
    }
}
