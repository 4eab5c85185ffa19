using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Numerics.Regression;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>A break is one that no smooth curve of as many parameters explains; every block is judged.</summary>
internal sealed class QkvDistanceBreaksAt20 : IFinding
{
    // Checkpoint 20 of 143 is 0.14; a third either way.
    private const double From = 0.093;
    private const double To = 0.187;
    private const double Some = 0.2;

    private static readonly Measure Distance = new(
        "distance from initialisation", new SeriesColumn("weight-distance", "distance", Components.QueryKeyValue))
    {
        View = PictureView.EachBlock,
        Window = (From, To),
    };

    /// <inheritdoc />
    public string Id => "qkv-distance-breaks-at-20";

    /// <inheritdoc />
    public string Claim => "QKV distances change regime around checkpoint 20 of 143 in some blocks";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Distance];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            foreach (var (component, blocks) in Distance.ByComponent(series, model))
            {
                var breaks = blocks.Select(curve => (Curve: curve, Break: Find(curve))).Where(pair => pair.Break is not null).ToArray();
                if (breaks.Length == 0)
                {
                    continue;
                }

                var within = breaks.Where(pair => pair.Break!.Value.Fraction is >= From and <= To).ToArray();
                var share = (double)within.Length / breaks.Length;
                yield return Distance.Says(
                    "", model, component, $"share of {breaks.Length} blocks with a break between {From:0.##} and {To:0.##} of training",
                    share, $"at least {Some:0.##}", share >= Some);
                foreach (var (curve, found) in breaks.Where(pair => double.IsFinite(pair.Break!.Value.Fraction)))
                {
                    yield return Distance.Says("", model, component, "fraction of training of the block's break",
                        found!.Value.Fraction) with
                    {
                        Block = curve.Block,
                        Step = found.Value.Step,
                    };
                }
            }
        }
    }

    // NaN where the curve has no break; null where it is too short to tell.
    private static (double Fraction, int Step)? Find(Curve curve)
    {
        var from = Array.FindIndex(curve.Steps, step => step > 0); // at the reference itself the distance is 0 by definition
        if (from < 0 || BreakTest.Find(curve.Steps[from..], curve.Values[from..]) is not { } test)
        {
            return null;
        }

        var at = curve.Steps[from + test.Index];
        return (test.IsBreak ? curve.Fraction(at) : double.NaN, at);
    }
}
