using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>When the logistic distribution overtakes the Gaussian for good, as evidence.</summary>
internal static class Crossings
{
    /// <summary>
    /// The median over blocks of the fraction of training from which the curves stay above zero, beside the fractions that the claim
    /// names.
    /// </summary>
    public static Evidence Judge(
        Measure measure, string part, string model, string component, IReadOnlyList<Curve> blocks, double from, double to)
    {
        var crossing = blocks.MedianCrossing();
        var expected = from > 0 ? $"{from:0.##} to {to:0.##}" : $"at most {to:0.##}";
        return measure.Says(
            part, model, component, "fraction of training from which the logistic fits better for good, median over blocks",
            crossing, expected, crossing >= from && crossing <= to) with
        {
            Step = double.IsFinite(crossing) ? (int)Math.Round(crossing * blocks[0].Steps[^1]) : null,
        };
    }
}
