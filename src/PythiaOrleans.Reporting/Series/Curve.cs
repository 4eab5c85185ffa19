using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Numerics.Distributions;

namespace PythiaOrleans.Reporting.Series;

/// <summary>One statistic of one parameter along training: what a finding judges and a plot draws.</summary>
/// <param name="Model">The model.</param>
/// <param name="Component">The kind of weight; empty where the analysis has none.</param>
/// <param name="Parameter"><c>weight</c> or <c>bias</c>; empty where the analysis has none.</param>
/// <param name="Block">Index of the block; null outside blocks.</param>
/// <param name="Steps">Ascending.</param>
/// <param name="Values">One for each step, finite.</param>
public sealed record Curve(string Model, string Component, string Parameter, int? Block, int[] Steps, double[] Values)
{
    private const int SmoothedOver = 5;

    /// <summary>The last value.</summary>
    public double Last => Values[^1];

    /// <summary>The first value.</summary>
    public double First => Values[0];

    /// <summary>The mean over a window of 5 checkpoints, narrower at the ends.</summary>
    public Curve Smoothed() => this with
    {
        Values = [.. Values.Select(
            (_, i) => Values[Math.Max(0, i - (SmoothedOver / 2))..Math.Min(Values.Length, i + (SmoothedOver / 2) + 1)].Average())],
    };

    /// <summary>Place of the largest value; the first of equals.</summary>
    public int PeakIndex => Array.IndexOf(Values, Values.Max());

    /// <summary>Step of the largest value.</summary>
    public int PeakStep => Steps[PeakIndex];

    /// <summary>The last value over the largest.</summary>
    public double FinalOverPeak => Last / Values.Max();

    /// <summary>Both curves at the steps that both have, put together value by value; steps where the result is not finite are left
    /// out.</summary>
    public Curve Join(Curve other, Func<double, double, double> combine)
    {
        ArgumentNullException.ThrowIfNull(other);
        ArgumentNullException.ThrowIfNull(combine);
        var there = other.Steps.Zip(other.Values).ToDictionary(pair => pair.First, pair => pair.Second);
        var joined = Steps.Zip(Values).Where(pair => there.ContainsKey(pair.First))
            .Select(pair => (Step: pair.First, Value: combine(pair.Second, there[pair.First])))
            .Where(pair => double.IsFinite(pair.Value)).ToArray();
        return this with { Steps = [.. joined.Select(pair => pair.Step)], Values = [.. joined.Select(pair => pair.Value)] };
    }

    /// <summary>The median over curves, by step: of each step over those that have it.</summary>
    public static Dictionary<int, double> MedianByStep(IEnumerable<Curve> curves) => curves
        .SelectMany(curve => curve.Steps.Zip(curve.Values)).GroupBy(pair => pair.First)
        .ToDictionary(group => group.Key, group => Quantiles.Median(group.Select(pair => pair.Second)));

    /// <summary>Names the curve: <c>pythia-70m mlp.dense_h_to_4h weight block 3</c>.</summary>
    public override string ToString() =>
        string.Join(' ', new[] { Model, Component, Parameter, Block is { } block ? $"block {block}" : "" }.Where(part => part.Length > 0));
}
