using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Each block's largest activation at the end of training, judged by <see cref="LowAtBothEnds"/>.</summary>
internal sealed class ResidualInvertedU : IFinding
{
    private static readonly Measure Largest = new(
        "largest |activation|", new SeriesColumn("residual-stream", "max_abs", Matrices.ResidualStream) { Parameter = "all" })
    {
        View = PictureView.LastByBlock,
        Logarithmic = true,
    };

    /// <inheritdoc />
    public string Id => "residual-inverted-u";

    /// <inheritdoc />
    public string Claim =>
        "over depth the largest |activation| is low in the first blocks, high from block 2 or 3 on, low again at the end";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Largest];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series) =>
        LowAtBothEnds.Judge(series, Largest, Matrices.ResidualStream, curve => curve.Last, "largest |activation| at the end");
}
