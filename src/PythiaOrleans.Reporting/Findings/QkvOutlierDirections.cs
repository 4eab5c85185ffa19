using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>An outlier is a single top singular value standing apart: the largest relative gap among the top ten.</summary>
internal sealed class QkvOutlierDirections : IFinding
{
    // Shuffled matrices of heavy-tailed weights, whose largest entries make singular values of their own, stay under this:
    // pythia findings --null.
    private const double Apart = 1.5;

    private static readonly Measure Gap = new(
        "largest ratio of neighbouring singular values among the top ten", new SeriesColumn("weight-spectrum", "top_gap", Matrices.All))
    {
        View = PictureView.EachBlock,
        Limits = [Apart],
        Logarithmic = true,
    };

    private static readonly Measure Shuffled = new(
        "the same ratio, entries shuffled", new SeriesColumn("shuffled-spectrum", "top_gap", Matrices.All))
    {
        View = PictureView.EachBlock,
        Logarithmic = true,
        Optional = true,
    };

    /// <inheritdoc />
    public string Id => "qkv-outlier-directions";

    /// <inheritdoc />
    public string Claim => "some QKV blocks grow outlier singular values, throughout training, and no other matrix does";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Gap, Shuffled];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var shuffled = Shuffled.Curves(series, model).ToDictionary(curve => (curve.Component, curve.Block), curve => curve.Last);
            foreach (var (component, blocks) in Gap.ByComponent(series, model))
            {
                var apart = blocks.Where(curve =>
                    curve.Last >= Math.Max(Apart, shuffled.GetValueOrDefault((component, curve.Block)))).ToArray();
                if (shuffled.Keys.Any(key => key.Component == component))
                {
                    yield return Shuffled.Says(
                        "", model, component, "largest gap of a block whose entries were shuffled",
                        shuffled.Where(pair => pair.Key.Component == component).Max(pair => pair.Value));
                }

                if (Matrices.IsQueryKeyValue(component))
                {
                    yield return Gap.Says(
                        "some QKV blocks", model, component, "blocks with a singular value standing apart at the end", apart.Length,
                        "at least 1", apart.Length > 0);
                    var growing = apart.Count(curve => curve.Last > curve.At(0.5));
                    yield return Gap.Says(
                        "throughout training", model, component, "of these, blocks whose gap still grows after half of training",
                        growing, "more than half", apart.Length == 0 ? null : 2 * growing > apart.Length);
                }
                else
                {
                    yield return Gap.Says("no other matrix", model, component, "blocks with a singular value standing apart at the end",
                        apart.Length, "0", apart.Length == 0);
                }
            }
        }
    }
}
