using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>A quantity that a finding judges: where it stands in the series, and the picture that shows exactly it.</summary>
/// <param name="Name">What it is, as the axis of a picture says it: <c>largest |w| over the standard deviation</c>.</param>
/// <param name="Column">Where it stands.</param>
public sealed record Measure(string Name, SeriesColumn Column)
{
    /// <summary>Divide by this column, joined by component, parameter, block and step; null for the column itself.</summary>
    public SeriesColumn? Per { get; init; }

    /// <summary>Whether the finding can judge without it.</summary>
    public bool Optional { get; init; }

    /// <summary>What the picture shows.</summary>
    public PictureView View { get; init; } = PictureView.Median;

    /// <summary>The part of training, as fractions, in which the claim expects something; null where it says nothing of time.</summary>
    public (double From, double To)? Window { get; init; }

    /// <summary>The tolerances that the values themselves are compared with: lines in the picture.</summary>
    public IReadOnlyList<double> Limits { get; init; } = [];

    /// <summary>Whether the picture's y axis is logarithmic.</summary>
    public bool Logarithmic { get; init; }

    /// <summary>The columns that it needs.</summary>
    public IEnumerable<SeriesColumn> Columns => Per is null ? [Column] : [Column, Per];

    /// <summary>
    /// The curves of one model, by component, then by block. Of a ratio: at the steps that both have, where the divisor is not 0.
    /// </summary>
    public IReadOnlyList<Curve> Curves(SeriesSet series, string model)
    {
        var curves = Column.Select(series, model);
        if (Per is null)
        {
            return curves;
        }

        var divisors = Per.Select(series, model).ToDictionary(curve => (curve.Component, curve.Parameter, curve.Block));
        return
        [
            .. curves.Where(curve => divisors.ContainsKey((curve.Component, curve.Parameter, curve.Block)))
                .Select(curve => curve.Join(divisors[(curve.Component, curve.Parameter, curve.Block)], (value, divisor) => value / divisor))
                .Where(curve => curve.Steps.Length > 0),
        ];
    }

    /// <summary>The curves of one model, a group for each component.</summary>
    public IEnumerable<(string Component, IReadOnlyList<Curve> Blocks)> ByComponent(SeriesSet series, string model) =>
        Curves(series, model).GroupBy(curve => curve.Component).Select(group => (group.Key, (IReadOnlyList<Curve>)[.. group]));

    /// <summary>A number of this measure, as evidence.</summary>
    /// <param name="part">The part of the claim that the number decides.</param>
    /// <param name="model">The model; empty where all are meant.</param>
    /// <param name="component">The component; empty where several are meant.</param>
    /// <param name="quantity">What was measured.</param>
    /// <param name="value">The number.</param>
    /// <param name="expected">What the claim expects.</param>
    /// <param name="agrees">Whether it is so; null for a number that only informs.</param>
    public Evidence Says(string part, string model, string component, string quantity, double value, string expected = "",
        bool? agrees = null) =>
        new(model, component, quantity, value, expected, agrees) { Part = part, Measures = [Name] };
}
