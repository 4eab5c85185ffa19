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

        public LikelihoodRatio AgainstLognormal()
        {
            var (least, alpha) = (_logs[^1], _alpha);
            var law = CutLognormal.Fit(Mean(log => log - least), Mean(log => (log - least) * (log - least)));
            return LikelihoodRatio.Compare(
                _logs, _counts, log => LogDensity(log, least, alpha), log => law.LogDensity(log - least) - log);
        }

        private static double LogDensity(double log, double least, double alpha) => Math.Log(alpha - 1) - least - (alpha * (log - least));

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
