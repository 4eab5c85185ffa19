using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>A quantity that a finding judges: where it stands in the series, and the picture that shows exactly it.</summary>
/// <param name="Name">What it is, as the axis of a picture says it: <c>largest |w| over the standard deviation</c>.</param>
/// <param name="Column">Where it stands.</param>
public sealed record Measure(string Name, SeriesColumn Column)
{
    /// <summary>Divide by this column, joined by component, parameter, block and step; null for the column itself.</summary>
    public SeriesColumn? Per { get; init; }

    /// <summary>Multiply by what stands elsewhere in the same block; null for the column itself.</summary>
    public MeasureFactor? Times { get; init; }

    /// <summary>Whether the finding can judge without it.</summary>
    public bool Optional { get; init; }

    /// <summary>What the picture shows.</summary>
    public PictureView View { get; init; } = PictureView.Median;

    /// <summary>The part of training, as fractions, in which the claim expects something; null where it says nothing of time.</summary>
    public PictureWindow? Window { get; init; }

    /// <summary>The tolerances that the values themselves are compared with: lines in the picture.</summary>
    public IReadOnlyList<double> Limits { get; init; } = [];

    /// <summary>Whether curves of models are compared at equal fractions of training: then that is the picture's x axis.</summary>
    public bool ByFraction { get; init; }

    /// <summary>
    /// What weight decay alone leaves of a weight, where curves are compared at equal decay times, minus its logarithm: then that is the
    /// picture's x axis. Null where they are not.
    /// </summary>
    public SeriesColumn? Clock { get; init; }

    /// <summary>Whether the picture's y axis is logarithmic.</summary>
    public bool Logarithmic { get; init; }

    /// <summary>The columns that it needs.</summary>
    public IEnumerable<SeriesColumn> Columns =>
        new[] { Column, Per, Times?.Column, Clock }.OfType<SeriesColumn>();

    /// <summary>
    /// The curves of one model, by component, then by block. Of a ratio or product: at the steps that both have, where it is finite.
    /// </summary>
    public IReadOnlyList<Curve> Curves(SeriesSet series, string model)
    {
        var curves = Column.Select(series, model);
        curves = Per is null
            ? curves
            : Join(curves, Per.Select(series, model), component => component, (value, divisor) => value / divisor);
        return Times is null
            ? curves
            : Join(curves, Times.Column.Select(series, model), component => Times.Factors[component], (value, factor) => value * factor);
    }

    private static IReadOnlyList<Curve> Join(
        IReadOnlyList<Curve> curves,
        IReadOnlyList<Curve> others,
        Func<string, string> componentOfOther,
        Func<double, double, double> combine)
    {
        var there = others.ToDictionary(curve => (curve.Component, curve.Parameter, curve.Block));
        return
        [
            .. from curve in curves
               where there.ContainsKey(Place(curve))
               let joined = curve.Join(there[Place(curve)], combine)
               where joined.Steps.Length > 0
               select joined,
        ];

        (string Component, string Parameter, int? Block) Place(Curve curve) =>
            (componentOfOther(curve.Component), curve.Parameter, curve.Block);
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
