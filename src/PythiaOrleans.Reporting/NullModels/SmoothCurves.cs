using PythiaOrleans.Core.Tables;
using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.NullModels;

/// <summary>
/// Every column of every component goes smoothly and monotonically from one value to another: no peak, no break, no relation between
/// columns.
/// </summary>
/// <remarks>
/// The shape is a logarithm, a power of exponent 0.2 to 1, or a saturating exponential with a time constant of 2 to 50 % of training,
/// drawn for each model, component and column; blocks share it and differ in their end points by 10 %. End points are uniform over the
/// range that the column has in real sweeps. A noise of 0.1 % of the range lies on every value.
/// </remarks>
internal sealed class SmoothCurves : INullModel
{
    private const int Checkpoints = 40;
    private const double Noise = 1e-3;
    private const double BlockSpread = 0.1;

    /// <inheritdoc />
    public string Name => "smooth";

    /// <inheritdoc />
    public string Description => "smooth monotone curves (logarithm, power, saturation) between random end points, columns unrelated";

    /// <inheritdoc />
    public SeriesSet Draw(int seed)
    {
        var random = new Random(seed);
        return NullSuite.WithSchedules(new SeriesSet(
            Name, NullColumns.Analyses.ToDictionary(analysis => analysis.Key, analysis => Table(analysis.Value, random))));
    }

    private static ResultTable Table(NullAnalysis analysis, Random random)
    {
        var rows = new List<NullRow>();
        var steps = NullSuite.Steps(Checkpoints);
        foreach (var model in NullSuite.Models)
        {
            foreach (var part in analysis.Parts)
            {
                var shapes = analysis.Columns.Select(_ => Shape(random)).ToArray();
                var ends = analysis.Columns
                    .Select(column => (From: random.Between(column.Min, column.Max), To: random.Between(column.Min, column.Max))).ToArray();
                foreach (var block in NullSuite.BlocksOf(part, model))
                {
                    var own = analysis.Columns.Select((column, i) => (
                        From: Jitter(ends[i].From, column, random), To: Jitter(ends[i].To, column, random))).ToArray();
                    rows.AddRange(steps.Select(step => new NullRow(
                        model, step, block, part.Component, part.Parameter,
                        [
                            .. analysis.Columns.Select((column, i) =>
                                own[i].From + ((own[i].To - own[i].From) * shapes[i](step / (double)steps[^1]))
                                + (Noise * (column.Max - column.Min) * random.Gaussian())),
                        ])));
                }
            }
        }

        return NullSuite.Table(rows, [.. analysis.Columns.Select(column => column.Name)]);
    }

    private static double Jitter(double value, NullColumn column, Random random) =>
        Math.Clamp(value + (BlockSpread * (column.Max - column.Min) * random.Gaussian()), column.Min, column.Max);

    // From 0 at the start to 1 at the end.
    private static Func<double, double> Shape(Random random)
    {
        switch (random.Next(3))
        {
            case 0:
                return t => 1 + (Math.Log(t) / Math.Log(Checkpoints));
            case 1:
                var exponent = random.Between(0.2, 1);
                return t => Math.Pow(t, exponent);
            default:
                var time = random.Between(0.02, 0.5);
                return t => (1 - Math.Exp(-t / time)) / (1 - Math.Exp(-1 / time));
        }
    }
}
