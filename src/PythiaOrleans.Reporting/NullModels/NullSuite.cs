using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.NullModels;

/// <summary>The suite that null models fill: five models of growing depth, checkpoints at equal distances.</summary>
internal static class NullSuite
{
    /// <summary>The models, smallest first.</summary>
    public static IReadOnlyList<string> Models { get; } = ["null-1", "null-2", "null-3", "null-4", "null-5"];

    private static readonly string[] ScheduledAs =
        ["pythia-70m-v0", "pythia-160m-v0", "pythia-410m-v0", "pythia-1b-v0", "pythia-1.4b-v0"];

    private static readonly int[] Depths = [5, 6, 8, 10, 12];

    /// <summary>How many blocks a model has.</summary>
    public static int Blocks(string model) => Depths[Models.IndexOf(model)];

    /// <summary>The blocks of a component in a model; one null for a component outside blocks.</summary>
    public static IEnumerable<int?> BlocksOf(NullPart part, string model) =>
        part.Rows == SeriesRows.Whole ? [null] : Enumerable.Range(0, Blocks(model)).Select(block => (int?)block);

    /// <summary>The steps of <paramref name="count"/> checkpoints, the last at 143,000.</summary>
    public static int[] Steps(int count) => [.. Enumerable.Range(1, count).Select(i => (int)Math.Round(143_000.0 * i / count))];

    /// <summary>
    /// The same series with the schedules of five Pythia v0 models, and what weight decay leaves by them beside each norm. The series know
    /// nothing of it: a rule that reads schedules must not find its own in them.
    /// </summary>
    public static SeriesSet WithSchedules(SeriesSet series)
    {
        var schedules = Models.Zip(ScheduledAs).ToDictionary(
            pair => pair.First, pair => ModelCatalog.Default.Find(pair.Second).Schedule!);
        var moments = series.Tables["weight-moments"];
        var left = new Column<double?>(
            new ColumnSchema("decay_factor", typeof(double), true, "what weight decay alone leaves of an initial weight", ""),
            moments.Read<string>("model").Zip(moments.Read<int>("step"), (model, step) => (double?)schedules[model].DecayFactor(step)));
        return series with
        {
            Tables = series.Tables.ToDictionary(
                table => table.Key, table => table.Value == moments ? new ResultTable([.. moments.Columns, left]) : table.Value),
            Schedules = schedules,
        };
    }

    /// <summary>A draw from the standard normal distribution (Box and Muller 1958).</summary>
    public static double Gaussian(this Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>A draw from a uniform distribution.</summary>
    public static double Between(this Random random, double from, double to) => from + ((to - from) * random.NextDouble());

    /// <summary>A table from rows of values, one column for each name.</summary>
    public static ResultTable Table(IReadOnlyList<NullRow> rows, IReadOnlyList<string> columns) => new(
    [
        new Column<string>(new ColumnSchema("model", typeof(string), false, "the model", ""), rows.Select(row => row.Model)),
        new Column<int>(new ColumnSchema("step", typeof(int), false, "the training step", "steps"), rows.Select(row => row.Step)),
        new Column<int?>(new ColumnSchema("block", typeof(int), true, "index of the block, from 0", ""), rows.Select(row => row.Block)),
        new Column<string>(new ColumnSchema("component", typeof(string), false, "kind of weight", ""), rows.Select(row => row.Component)),
        new Column<string>(new ColumnSchema("parameter", typeof(string), false, "weight or bias", ""), rows.Select(row => row.Parameter)),
        .. columns.Select((name, i) => new Column<double?>(
            new ColumnSchema(name, typeof(double), true, name, ""), rows.Select(row => (double?)row.Values[i]))),
    ]);

    private static int IndexOf(this IReadOnlyList<string> names, string name)
    {
        var index = names.ToList().IndexOf(name);
        return index >= 0 ? index
            : throw new ArgumentException($"Unknown model '{name}': expected one of {string.Join(", ", names)}.", nameof(name));
    }
}
