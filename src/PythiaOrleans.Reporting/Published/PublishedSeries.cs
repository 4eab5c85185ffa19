using System.Globalization;
using System.IO.Compression;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Numerics.Distributions;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Published;

/// <summary>
/// The weight statistics that the authors of 'Basic facts about language models during training' published, as the series that a sweep
/// gives:
/// <c>weight-moments</c> and <c>weight-distance</c> of five Pythia models at steps 1000 to 142,000. MIT licence, see <see cref="Licence"/>.
/// </summary>
/// <remarks>
/// The source stores the unbiased deviation s; the norm is <c>sqrt((n - 1) s² + n mean²)</c> with n from the catalog's shapes.
/// It says 'max' for the largest |w|, has no mean of the layernorms' biases inside blocks (their norms stay empty), measures distances
/// from step 1000, and
/// The runs are Pythia v0's: their schedules are those of <c>pythia-70m-v0</c> and so on in the catalog.
/// pythia-70m's biases of <c>mlp.dense_4h_to_h</c> are a copy of those of <c>attention.dense</c>.
/// </remarks>
public static class PublishedSeries
{
    /// <summary>The name under which commands know the published series.</summary>
    public const string Name = "published";

    /// <summary>Checkpoint i of the source is step 1000 (i + 1).</summary>
    internal const int Stride = 1000;

    private const int LastStep = 142 * Stride;
    private static readonly string[] Statistics = ["mean", "std", "max", "norm", "squared_distance"];

    /// <summary>The licence of the numbers, with their origin.</summary>
    public static string Licence
    {
        get
        {
            using var reader = new StreamReader(Resource("published-series.licence.txt"));
            return reader.ReadToEnd();
        }
    }

    /// <summary>Reads the series that come with the program. Takes about a second.</summary>
    public static SeriesSet Load()
    {
        using var stream = new GZipStream(Resource("published-series.csv.gz"), CompressionMode.Decompress);
        using var reader = new StreamReader(stream);
        return Read(reader, ModelCatalog.Default);
    }

    /// <summary>Reads the long table <c>model,component,parameter,statistic,checkpoint_index,block,value</c>.</summary>
    /// <exception cref="InvalidDataException">A line cannot be read; the message has its number.</exception>
    internal static SeriesSet Read(TextReader reader, ModelCatalog catalog)
    {
        var rows = new Dictionary<Key, double[]>();
        var order = new List<Key>();
        reader.ReadLine();
        for (var number = 2; reader.ReadLine() is { } line; number++)
        {
            var fields = line.Split(',');
            if (fields.Length != 7
                || Array.IndexOf(Statistics, fields[3]) is var statistic && statistic < 0
                || !int.TryParse(fields[4], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                || !double.TryParse(fields[6], NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            {
                throw new InvalidDataException(
                    $"Published series, line {number}: expected model,component,parameter,statistic,checkpoint_index,block,value, "
                    + $"found '{line}'. Restore the file from the repository.");
            }

            int? block = fields[5].Length == 0 ? null : int.Parse(fields[5], CultureInfo.InvariantCulture);
            var key = new Key(string.Intern(fields[0]), Stride * (index + 1), block, string.Intern(fields[1]), string.Intern(fields[2]));
            if (!rows.TryGetValue(key, out var values))
            {
                rows[key] = values = [double.NaN, double.NaN, double.NaN, double.NaN, double.NaN];
                order.Add(key);
            }

            values[statistic] = value;
        }

        // The runs are those of Pythia v0: the shapes of v1, schedules of its own.
        var models = order.Select(key => key.Model).Distinct().ToDictionary(name => name, name => catalog.Find($"{name}-v0"));
        return new SeriesSet(Name, new Dictionary<string, ResultTable>
        {
            ["weight-moments"] = Moments([.. order.Where(key => !double.IsNaN(rows[key][1]))], rows, models),
            ["weight-distance"] = Distances([.. order.Where(key => !double.IsNaN(rows[key][4]))], rows),
        })
        {
            Schedules = models.ToDictionary(model => model.Key, model => model.Value.Schedule!),
        };
    }

    private static ResultTable Moments(Key[] keys, Dictionary<Key, double[]> rows, Dictionary<string, ModelEntry> models)
    {
        var counts = keys.Select(key => Count(models[key.Model].Shape, key.Component, key.Parameter)).ToArray();
        double?[] Of(int statistic) => [.. keys.Select(key => Missing(rows[key][statistic]))];
        var (mean, unbiased) = (Of(0), Of(1));
        return new ResultTable(
        [
            .. Keys(keys),
            new Column<long>(new ColumnSchema("count", typeof(long), false, "finite values", ""), counts),
            Double("max_abs", "largest |w|", Of(2)),
            Double("mean", "mean", mean),
            Double("std", "standard deviation of the population", [.. unbiased.Zip(counts, (s, n) => s * Math.Sqrt((n - 1.0) / n))]),
            Double("std_unbiased", "standard deviation with n - 1", unbiased),
            Double(
                "norm", "Frobenius norm, root of the sum of squares",
                [.. keys.Select((_, row) => Norm(counts[row], unbiased[row], mean[row]))]),
            Fraction(keys),
            Double(
                "decay_factor", "what weight decay alone leaves of an initial weight",
                [.. keys.Select(key => (double?)models[key.Model].Schedule!.DecayFactor(key.Step))]),
        ]);
    }

    private static ResultTable Distances(Key[] keys, Dictionary<Key, double[]> rows) => new(
    [
        .. Keys(keys),
        new Column<int>(
            new ColumnSchema("reference_step", typeof(int), false, "step of the reference checkpoint", "steps"), keys.Select(_ => Stride)),
        Double("distance", "Euclidean distance from the reference", [.. keys.Select(key => Missing(Math.Sqrt(rows[key][4])))]),
        Double("squared_distance", "squared distance, as the post plotted it", [.. keys.Select(key => Missing(rows[key][4]))]),
        Fraction(keys),
    ]);

    private static ResultColumn[] Keys(Key[] keys) =>
    [
        new Column<string>(new ColumnSchema("model", typeof(string), false, "the model", ""), keys.Select(key => key.Model)),
        new Column<int>(new ColumnSchema("step", typeof(int), false, "the training step", "steps"), keys.Select(key => key.Step)),
        new Column<int?>(
            new ColumnSchema("block", typeof(int), true, "index of the block, from 0; empty outside blocks", ""),
            keys.Select(key => key.Block)),
        new Column<string>(new ColumnSchema("component", typeof(string), false, "kind of weight", ""), keys.Select(key => key.Component)),
        new Column<string>(new ColumnSchema("parameter", typeof(string), false, "weight or bias", ""), keys.Select(key => key.Parameter)),
    ];

    private static Column<double> Fraction(Key[] keys) =>
        new(
            new ColumnSchema("fraction", typeof(double), false, "the step as a share of the last step", ""),
            keys.Select(key => key.Step / (double)LastStep));

    private static Column<double?> Double(string name, string description, double?[] values) =>
        new(new ColumnSchema(name, typeof(double), true, description, ""), values);

    private static double? Missing(double value) => double.IsNaN(value) ? null : value;

    private static double? Norm(long count, double? unbiased, double? mean) =>
        unbiased is { } s && mean is { } m ? Math.Sqrt(((count - 1) * s * s) + (count * m * m)) : null;

    private static long Count(ModelShape shape, string component, string parameter)
    {
        long d = shape.HiddenSize;
        return (component, parameter) switch
        {
            ("attention.query_key_value", "weight") => 3 * d * d,
            ("attention.query_key_value", _) => 3 * d,
            ("attention.dense", "weight") => d * d,
            ("mlp.dense_h_to_4h" or "mlp.dense_4h_to_h", "weight") => 4 * d * d,
            ("mlp.dense_h_to_4h", _) => 4 * d,
            ("embed_in" or "embed_out", _) => shape.VocabularyRows * d,
            _ => d,
        };
    }

    private static Stream Resource(string name) => typeof(PublishedSeries).Assembly.GetManifestResourceStream(name)
        ?? throw new InvalidOperationException($"The program lacks its resource '{name}'. Build it again.");

    private readonly record struct Key(string Model, int Step, int? Block, string Component, string Parameter);
}
