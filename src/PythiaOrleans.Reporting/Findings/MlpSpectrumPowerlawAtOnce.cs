using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>A power law describes a tail of at least 50 values where neither alternative is favoured over it.</summary>
/// <remarks>
/// The distance alone says little: with xmin free, exponential and lognormal samples lie within 0.1 of some power law. Vuong's ratio
/// decides (Clauset, Shalizi and Newman 2009, section 5); tails of fewer than 50 values decide nothing.
/// </remarks>
internal sealed class MlpSpectrumPowerlawAtOnce : IFinding
{
    private const int MinTail = 50;
    private const double Level = 0.1;
    private const double Almost = 0.9;

    private static readonly Measure Lognormal = Column("likelihood ratio of the power law to the lognormal", "power_law_vs_lognormal");
    private static readonly Measure LognormalP = Column("p of the ratio to the lognormal", "power_law_vs_lognormal_p");
    private static readonly Measure Exponential = Column("likelihood ratio of the power law to the exponential",
        "power_law_vs_exponential");
    private static readonly Measure ExponentialP = Column("p of the ratio to the exponential", "power_law_vs_exponential_p");
    private static readonly Measure Count = Column("values in the tail", "power_law_count") with { Limits = [MinTail], Logarithmic = true };
    private static readonly Measure Distance = Column("Kolmogorov-Smirnov distance from the power law at the end", "power_law_ks") with
    { View = PictureView.LastByBlock };

    /// <inheritdoc />
    public string Id => "mlp-spectrum-powerlaw-at-once";

    /// <inheritdoc />
    public string Claim => "the MLP spectrum reorganises to a power law by the first checkpoint and stays; block 0 differs";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Lognormal, LognormalP, Exponential, ExponentialP, Count, Distance];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            foreach (var component in Matrices.Mlp)
            {
                var shares = Count.Curves(series, model).Where(curve => curve.Component == component && curve.Block > 0)
                    .Select(curve => ShareOfPowerLaws(series, curve)).Where(double.IsFinite).ToArray();
                if (shares.Length > 0)
                {
                    var share = CurveStatistics.Median(shares);
                    yield return Lognormal.Says(
                        "power law at once", model, component,
                        $"share of checkpoints after step 0 whose tail ({MinTail} values or more) is no likelier lognormal or exponential, "
                            + "median over blocks from 1 on",
                        share, $"at least {Almost:0.##}", share >= Almost).And(LognormalP).And(Exponential).And(ExponentialP).And(Count);
                }

                var last = Distance.Curves(series, model).Where(curve => curve.Component == component).ToArray();
                if (last is [{ Block: 0 } first, _, ..])
                {
                    var others = last.Skip(1).Max(curve => curve.Last);
                    yield return Distance.Says(
                        "block 0 differs", model, component, "block 0's last distance from the power law", first.Last,
                        $"over the largest of the others, {others:0.###}", first.Last > others) with
                    { Block = 0 };
                }
            }
        }
    }

    // NaN where the tail never has enough values to tell.
    private static double ShareOfPowerLaws(SeriesSet series, Curve counts)
    {
        Curve[] columns =
        [
            .. new[] { Lognormal, LognormalP, Exponential, ExponentialP }
                .SelectMany(measure => measure.Curves(series, counts.Model)
                    .Where(curve => curve.Component == counts.Component && curve.Block == counts.Block)),
        ];
        if (columns.Length < 4)
        {
            return double.NaN;
        }

        var values = columns.Select(curve => curve.Steps.Zip(curve.Values).ToDictionary(pair => pair.First, pair => pair.Second)).ToArray();
        bool[] powerLaws =
        [
            .. counts.Steps.Zip(counts.Values)
                .Where(pair => pair.First > 0 && pair.Second >= MinTail && values.All(column => column.ContainsKey(pair.First)))
                .Select(pair => !Loses(values[0][pair.First], values[1][pair.First])
                    && !Loses(values[2][pair.First], values[3][pair.First])),
        ];
        return powerLaws.Length == 0 ? double.NaN : powerLaws.Count(isPowerLaw => isPowerLaw) / (double)powerLaws.Length;
    }

    private static Measure Column(string name, string column) => new(name, new SeriesColumn("weight-spectrum", column, Matrices.Mlp));

    private static bool Loses(double ratio, double p) => ratio < 0 && p < Level;
}
