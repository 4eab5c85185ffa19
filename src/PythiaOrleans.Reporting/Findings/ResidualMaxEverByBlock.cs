using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Each block's largest activation of all steps, judged by <see cref="LowAtBothEnds"/>.</summary>
internal sealed class ResidualMaxEverByBlock : IFinding
{
    private static readonly Measure Largest = new(
        "largest |activation|", new SeriesColumn("residual-stream", "max_abs", Matrices.ResidualStream) { Parameter = "all" })
    {
        View = PictureView.MaxByBlock,
        Logarithmic = true,
    };

    /// <inheritdoc />
    public string Id => "residual-max-ever-by-block";

    /// <inheritdoc />
    public string Claim =>
        "the largest |activation| ever reached in training is low in the first blocks, high between, low again in the last";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Largest];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series) =>
        LowAtBothEnds.Judge(series, Largest, Matrices.ResidualStream, curve => curve.Values.Max(), "largest |activation| of all steps");
}
