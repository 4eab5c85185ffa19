using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.EmbeddingCorrelation;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Analyses.EmbeddingSeriation;

/// <summary>Is there structure among many tokens that ids do not show, and another order does?</summary>
/// <remarks>
/// Correlations of 2,000 rows of the embedding: the first ones, and as many evenly spread over the vocabulary. Structure is the mean
/// correlation within runs of 16 neighbours minus that of all pairs: by id, and in the order that spectral seriation finds. Seriation puts
/// like beside like in noise too: so it is done once more with the entries of each row in random order, which leaves each token its
/// values and takes what tokens have in common.
/// </remarks>
public sealed class EmbeddingSeriationAnalysis : Analysis<EmbeddingSeriationAnalysis.Row>
{
    private const int Seed = 1;

    // Of each set of 2,000 tokens: two decompositions with vectors, and sums over pairs. Smaller sets take less by this power.
    private const double Growth = 2.6;
    private const double SecondsOfSet = 3.4;

    // A matrix, its Laplacian, vectors, and room to work.
    private const long MatricesOfSet = 7;

    /// <summary>One set of tokens.</summary>
    public sealed record Row(
        [property: Column("empty: the embedding is in no block")] int? Block,
        [property: Column("embed_in")] string Component,
        [property: Column("first: ids from 0; spread: ids evenly spread over the vocabulary")] string Parameter,
        [property: Column("rows that were correlated")] int TokenCount,
        [property: Column("mean correlation of all pairs")] double MeanCorrelation,
        [property: Column("mean correlation within runs of 16 neighbours by id minus that of all pairs")] double IdStructure,
        [property: Column("the same in the found order")] double FoundStructure,
        [property: Column("the same in the order found where the entries of each row are shuffled: what no structure gives")]
        double ShuffledStructure,
        [property: Column("the tokens in the found order")] int[] FoundTokens,
        [property: Column("mean correlations of runs of 16 tokens by id, above the diagonal, row by row")] float[] IdCells,
        [property: Column("the same in the found order")] float[] FoundCells);

    /// <summary>Tokens of a set, at most.</summary>
    internal int Tokens { get; init; } = 2000;

    /// <inheritdoc />
    protected override AnalysisDescription Describe() => new()
    {
        Name = "embedding-seriation",
        Version = 1,
        ByDefault = false,
        Order = 6,
        Title = "Correlations of many token embeddings",
        Question = "Is there structure among many tokens that ids do not show, and another order does?",
        Reading = "Structure by id is what is left when one zooms out. The found order shows structure that ids hide, as far as it lies "
            + "above the line of the shuffled rows, where the same search finds what chance gives.",
        Source = "Basic facts about language models during training (Conjecture, 2023); Atkins, Boman and Hendrickson 1998 (seriation)",
        Columns = [],
        Plots =
        [
            new(PlotKind.Series, "id_structure", "Structure by id", "correlation of neighbours, gain"),
            new(PlotKind.Series, "found_structure", "Structure in the found order", "correlation of neighbours, gain"),
            new(PlotKind.Series, "shuffled_structure", "Structure found in shuffled rows", "correlation of neighbours, gain"),
            new(PlotKind.HeatMap, "id_cells", "Correlations of runs of 16 tokens, by id", "correlation"),
            new(PlotKind.HeatMap, "found_cells", "Correlations of runs of 16 tokens, in the found order", "correlation"),
        ],
    };

    /// <inheritdoc />
    public override AnalysisWork Estimate(ModelShape shape, BatchSpec batch, long bytes)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var (count, size) = SetsOf(shape.VocabularyRows);
        return new AnalysisWork { Rate = WorkRate.Products, FixedSeconds = count * SecondsOfSet * Math.Pow(size / 2000.0, Growth) };
    }

    /// <inheritdoc />
    public override long HostBytes(ModelShape shape, bool offHalfGrid)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var (count, size) = SetsOf(shape.VocabularyRows);
        return count * MatricesOfSet * sizeof(double) * size * size;
    }

    /// <inheritdoc />
    protected override IEnumerable<Row> Measure(AnalysisInput input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input.Checkpoint.Find(new WeightName(Components.EmbedIn, null, "weight")) is { } embedding
            ? CoreThreads.Map(
                Sets(Math.Min(input.Model.TokenCount, input.Checkpoint.Shape.VocabularyRows)), _ => 1,
                set => ToRow(embedding, set.Name, set.Ids), input.Threads, cancellationToken)
            : []; // an architecture without a family here: nothing says which of its matrices is the embedding
    }

    private (int Count, long Size) SetsOf(int vocabulary) => (vocabulary > Tokens ? 2 : 1, Math.Min(Tokens, vocabulary));

    // Of a small vocabulary the first ones are all.
    private (string Name, int[] Ids)[] Sets(int vocabulary)
    {
        int[] first = [.. Enumerable.Range(0, Math.Min(Tokens, vocabulary))];
        return vocabulary <= Tokens
            ? [("first", first)]
            : [("first", first), ("spread", [.. Enumerable.Range(0, Tokens).Select(i => (int)((i + 0.5) * vocabulary / Tokens))])];
    }

    private static Row ToRow(Parameter embedding, string name, int[] ids)
    {
        var rows = EmbeddingRows.Read(embedding, ids);
        var matrix = CorrelationMatrix.Compute(rows);
        var byId = new TokenRuns(matrix, [.. Enumerable.Range(0, ids.Length)]);
        var order = matrix.Seriate();
        var found = new TokenRuns(matrix, order);
        return new Row(
            null, Components.EmbedIn, name, ids.Length, matrix.Mean((_, _) => true), byId.Structure, found.Structure, Shuffled(rows),
            Array.ConvertAll(order, place => ids[place]), byId.Cells, found.Cells);
    }

    private static double Shuffled(double[][] rows)
    {
        var random = new Random(Seed);
        Array.ForEach(rows, random.Shuffle);
        var matrix = CorrelationMatrix.Compute(rows);
        return new TokenRuns(matrix, matrix.Seriate()).Structure;
    }
}
