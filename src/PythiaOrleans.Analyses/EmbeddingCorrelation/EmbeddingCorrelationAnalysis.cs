using System.Globalization;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.Tokens;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Analyses.EmbeddingCorrelation;

/// <summary>Does the embedding know digits from letters?</summary>
/// <remarks>
/// Pearson's correlations of 256 rows of the embedding: the first ones (bytes and ASCII in GPT-NeoX's vocabulary), and those of the batch's
/// most frequent tokens. Structure is the mean correlation within the groups digits, lower case, upper case and punctuation, minus that
/// between them. The order is found by spectral seriation; its gain is how much better neighbours correlate in it than by id, which shows
/// structure where ids have none.
/// </remarks>
public sealed class EmbeddingCorrelationAnalysis(AnalysisSettings settings) : Analysis<EmbeddingCorrelationAnalysis.Row>
{
    private const int Tokens = 256;

    // Of both sets of tokens: their order, and each channel.
    private const double SecondsOfOrder = 0.016;
    private const double SecondsPerChannel = 50e-6;

    /// <summary>One set of tokens.</summary>
    public sealed record Row(
        [property: Column("empty: the embedding is in no block")] int? Block,
        [property: Column("embed_in")] string Component,
        [property: Column("first: ids from 0; frequent: the batch's most frequent tokens")] string Parameter,
        [property: Column("rows that were correlated")] int TokenCount,
        [property: Column("mean correlation within groups minus between them; NaN without a tokenizer")] double Structure,
        [property: Column("mean correlation of digits")] double Digits,
        [property: Column("mean correlation of lower-case letters")] double LowerCase,
        [property: Column("mean correlation of upper-case letters")] double UpperCase,
        [property: Column("mean correlation of punctuation")] double Punctuation,
        [property: Column("mean correlation of tokens of different groups")] double Between,
        [property: Column("mean correlation of all pairs")] double MeanCorrelation,
        [property: Column("Frobenius distance from the previous checkpoint's correlations; empty where there is none")] double? Change,
        [property: Column("mean correlation of neighbours in the found order minus by id")] double SeriationGain,
        [property: Column("the tokens")] int[] TokenIds,
        [property: Column("the found order: places in token_ids")] int[] Order,
        [property: Column("correlations above the diagonal, row by row")] float[] Correlations);

    private enum Group
    {
        None,
        Digit,
        Lower,
        Upper,
        Punctuation,
    }

    private AnalysisSettings Settings { get; } = settings;

    /// <inheritdoc />
    public override RequiredCheckpoints RequiredCheckpoints =>
        Settings.Stride is null ? RequiredCheckpoints.None : RequiredCheckpoints.Previous;

    /// <inheritdoc />
    protected override AnalysisDescription Describe() => new()
    {
        Name = "embedding-correlation",
        Version = 2,
        Order = 6,
        Title = "Correlations of token embeddings",
        Question = "Does the embedding know digits from letters?",
        Reading = "A cell is the correlation of two tokens' embeddings: blocks along the diagonal are groups of tokens "
            + "that the model treats alike. Structure near 0 means that the model tells no groups apart; it rises "
            + "when digits or letters come together.",
        Source = "Basic facts about language models during training (Conjecture, 2023), correlations of the first 256 token embeddings",
        Columns = [],
        Parameters = new Dictionary<string, string>(Settings.Batch.Parameters, StringComparer.Ordinal)
        {
            ["stride"] = Settings.Stride?.ToString(CultureInfo.InvariantCulture) ?? "none",
        },
        Plots =
        [
            new(PlotKind.Series, "structure", "Structure: correlation within groups minus between", "correlation"),
            new(PlotKind.Series, "digits", "Correlation of digits", "correlation"),
            new(PlotKind.Series, "seriation_gain", "Structure beyond the order of ids", "correlation of neighbours, gain"),
            new(PlotKind.Series, "change", "Change from the previous checkpoint", "Frobenius distance", Logarithmic: true),
            new(PlotKind.HeatMap, "correlations", "Correlations of tokens", "correlation"),
        ],
    };

    /// <inheritdoc />
    public override AnalysisWork Estimate(ModelShape shape, BatchSpec batch, long bytes)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return new AnalysisWork { Rate = WorkRate.Products, FixedSeconds = SecondsOfOrder + (SecondsPerChannel * shape.HiddenSize) };
    }

    /// <inheritdoc />
    protected override IEnumerable<Row> Measure(AnalysisInput input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.Checkpoint.Find(new WeightName(Components.EmbedIn, null, "weight")) is null)
        {
            return []; // an architecture without a family here: nothing says which of its matrices is the embedding
        }

        return CoreThreads.Map(
            Sets(input.Checkpoint), set => set.Ids.Length, set => ToRow(input, set.Name, set.Ids), input.Threads, cancellationToken);
    }

    private List<(string Name, int[] Ids)> Sets(Checkpoint checkpoint)
    {
        var sets = new List<(string, int[])> { ("first", [.. Enumerable.Range(0, Math.Min(Tokens, checkpoint.Shape.VocabularyRows))]) };
        if (checkpoint.Tokenizer is not null || Settings.Batch.Spec.Kind == BatchSpec.Ids)
        {
            var frequent = Settings.Batch.RowsFor(checkpoint).SelectMany(row => row)
                .GroupBy(id => id)
                .OrderByDescending(group => group.Count())
                .ThenBy(group => group.Key)
                .Take(Tokens)
                .Select(group => (int)group.Key);
            sets.Add(("frequent", [.. frequent.Order()]));
        }

        return sets;
    }

    private static Row ToRow(AnalysisInput input, string parameter, int[] ids)
    {
        var name = new WeightName(Components.EmbedIn, null, "weight");
        var matrix = Correlate(input.Checkpoint[name], ids);
        var groups = GroupsOf(input.Checkpoint, ids);
        var within = matrix.Mean((a, b) => groups[a] != Group.None && groups[a] == groups[b]);
        var between = matrix.Mean((a, b) => groups[a] != Group.None && groups[b] != Group.None && groups[a] != groups[b]);
        var order = matrix.Seriate();
        return new Row(
            null, Components.EmbedIn, parameter, ids.Length, within - between,
            Of(Group.Digit), Of(Group.Lower), Of(Group.Upper), Of(Group.Punctuation), between, matrix.Mean((_, _) => true),
            input.Previous is { } previous ? matrix.DistanceFrom(Correlate(previous[name], ids)) : null,
            Along(matrix, order) - Along(matrix, [.. Enumerable.Range(0, ids.Length)]), ids, order, matrix.Triangle);

        double Of(Group group) => matrix.Mean((a, b) => groups[a] == group && groups[b] == group);
    }

    private static double Along(CorrelationMatrix matrix, int[] order) => order.Length > 1
        ? order.Zip(order.Skip(1), (a, b) => matrix[a, b]).Average()
        : double.NaN;

    private static CorrelationMatrix Correlate(Parameter embedding, int[] ids) =>
        CorrelationMatrix.Compute(EmbeddingRows.Read(embedding, ids));

    private static Group[] GroupsOf(Checkpoint checkpoint, int[] ids)
    {
        if (checkpoint.Tokenizer is null)
        {
            return new Group[ids.Length];
        }

        var tokenizer = TokenBatch.TokenizerOf(checkpoint);
        return Array.ConvertAll(ids, id => tokenizer.Decode([id]).TrimStart(' ') is [var letter] ? GroupOf(letter) : Group.None);
    }

    private static Group GroupOf(char letter) => letter switch
    {
        >= '0' and <= '9' => Group.Digit,
        >= 'a' and <= 'z' => Group.Lower,
        >= 'A' and <= 'Z' => Group.Upper,
        > ' ' and < '\u007f' => Group.Punctuation,
        _ => Group.None,
    };
}
