namespace PythiaOrleans.Reporting.Findings;

/// <summary>One panel of a finding's picture.</summary>
/// <param name="Measure">The measure's name, the title of the y axis.</param>
/// <param name="Component">The component that is shown.</param>
/// <param name="Axis">What x is.</param>
/// <param name="Lines">The lines; every value was judged.</param>
public sealed record PicturePanel(string Measure, string Component, PictureAxis Axis, IReadOnlyList<PictureLine> Lines)
{
    /// <summary><c>weight</c>, <c>bias</c>, <c>all</c> or <c>inner</c>; empty where several are shown.</summary>
    public string Parameter { get; init; } = "";

    /// <summary>
    /// The part of training that the claim speaks of, to be shaded: fractions of each model's last step; null where there is none.
    /// </summary>
    public (double From, double To)? Window { get; init; }

    /// <summary>Tolerances: horizontal lines.</summary>
    public IReadOnlyList<double> Limits { get; init; } = [];

    /// <summary>Whether the y axis is logarithmic.</summary>
    public bool Logarithmic { get; init; }

    /// <summary>Peaks and crossings that the evidence names.</summary>
    public IReadOnlyList<PictureMark> Marks { get; init; } = [];
}
