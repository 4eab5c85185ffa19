using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>The fraction of training of the crest, and what is left of it at the end, by model size.</summary>
internal sealed class ResidualCrestWithScale : IFinding
{
    private static readonly Measure Largest = new(
        "largest |activation|", new SeriesColumn("residual-stream", "max_abs", Matrices.ResidualStream) { Parameter = "all" });

    /// <inheritdoc />
    public string Id => "residual-crest-later-and-shallower";

    /// <inheritdoc />
    public string Claim => "the larger the model, the later its largest |activation| crests and the less it declines after";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Largest];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        var blocks = series.Models.Select(model => (Model: model, Curves: Smoothed(series, model))).Where(pair => pair.Curves.Length > 0)
            .ToArray();
        return
        [
            .. Scale.Judge(
                Largest, "later", Matrices.ResidualStream, "fraction of training of the crest, smoothed, median over blocks",
                [.. blocks.Select(pair => (pair.Model, pair.Curves[0].Fraction(pair.Curves.MedianPeak())))])
                .Select(item => item.Model.Length == 0 ? item : item with
                {
                    Step = (int)blocks.First(pair => pair.Model == item.Model).Curves.MedianPeak(),
                }),
            .. Scale.Judge(
                Largest, "shallower", Matrices.ResidualStream, "last over largest, smoothed, median over blocks",
                [.. blocks.Select(pair => (pair.Model, pair.Curves.MedianFinalOverPeak()))]),
        ];
    }

    private static Curve[] Smoothed(SeriesSet series, string model) => [.. Largest.Curves(series, model).Select(curve => curve.Smoothed())];
}
