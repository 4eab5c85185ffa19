using System.Globalization;
using PythiaOrleans.Numerics.Trends;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Claims about model size: does a number grow from model to model more surely than a random order would?</summary>
internal static class Scale
{
    /// <summary>Fewer models cannot reach the level: the best of 3! orders has p = 1/6.</summary>
    private const int MinModels = 4;

    private const double Level = 0.05;

    /// <summary>The numbers of the models, and their rank correlation with the order of size.</summary>
    /// <param name="measure">What the numbers were computed from.</param>
    /// <param name="part">The part of the claim.</param>
    /// <param name="component">The component.</param>
    /// <param name="quantity">What the numbers are.</param>
    /// <param name="values">One for each model, smallest model first.</param>
    public static IEnumerable<Evidence> Judge(
        Measure measure, string part, string component, string quantity, IReadOnlyList<(string Model, double Value)> values)
    {
        foreach (var (model, value) in values)
        {
            yield return measure.Says(part, model, component, quantity, value);
        }

        if (values.Count < 2)
        {
            yield break;
        }

        var pairs = Enumerable.Range(1, values.Count - 1).Count(i => values[i].Value > values[i - 1].Value);
        yield return measure.Says(part, "", component,
            $"{quantity}: larger in the larger of two neighbouring models, of {values.Count - 1} pairs", pairs);
        if (values.Count >= MinModels)
        {
            var rank = RankCorrelation.Compute([.. Enumerable.Range(0, values.Count).Select(i => (double)i)],
                [.. values.Select(pair => pair.Value)]);
            yield return measure.Says(
                part, "", component,
                $"{quantity}: rank correlation with model size ({Orders(rank)})",
                rank.Rho, $"above 0 at {100 * Level:0} %", rank.P <= Level);
        }
    }

    private static string Orders(RankCorrelation rank) => double.IsNaN(rank.P)
        ? "all models are equal"
        : string.Create(CultureInfo.InvariantCulture, $"p = {rank.P:0.###} of all orders of {rank.Count} models");

    /// <summary>Whether there is a decline that could shrink: some model must have lost at least 5 % of its peak.</summary>
    /// <param name="measure">What the shares were computed from.</param>
    /// <param name="part">The part of the claim.</param>
    /// <param name="component">The component.</param>
    /// <param name="left">Last value over largest, one for each model.</param>
    public static IEnumerable<Evidence> JudgeDecline(Measure measure, string part, string component,
        IReadOnlyList<(string Model, double Left)> left)
    {
        if (left.Count >= MinModels)
        {
            var smallest = left.Min(pair => pair.Left);
            yield return measure.Says(
                part, "", component, "smallest of the models' last values over largest",
                smallest, $"at most {CurveStatistics.Declined:0.##}", smallest <= CurveStatistics.Declined);
        }
    }
}
