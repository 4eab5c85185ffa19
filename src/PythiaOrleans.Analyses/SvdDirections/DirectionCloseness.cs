using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Numerics.Fits;

namespace PythiaOrleans.Analyses.SvdDirections;

/// <summary>How close the tokens of singular directions are to those of the final checkpoint, and of the checkpoint before.</summary>
/// <remarks>
/// Of every matrix or head, over its k directions with 20 tokens each: <c>exact</c>, the share of places (direction, rank) with the same
/// token; <c>overlap</c>, the share of a direction's tokens that the final direction of the same index has too; <c>matched_overlap</c>, the
/// same after the one-to-one matching of directions that makes it largest, since directions with close singular values swap. Tokens are
/// those of the stored side, so that signs play no part. <c>previous_overlap</c> is the overlap with the series' checkpoint before, not
/// with the final one: how far directions drift in one interval.
/// </remarks>
internal sealed class DirectionCloseness : IDerivedColumns
{
    /// <inheritdoc />
    public string Analysis => "svd-directions";

    /// <inheritdoc />
    public int Version => 2; // of 1: nothing was compared with the checkpoint before

    /// <inheritdoc />
    public IReadOnlyCollection<string> Lists { get; } = ["tokens"];

    /// <inheritdoc />
    public bool ReadsPrevious => true;

    /// <inheritdoc />
    public IReadOnlyList<ResultColumn> Derive(ResultTable table, ResultTable final) => Derive(table, final, previous: null);

    /// <inheritdoc />
    public IReadOnlyList<ResultColumn> Derive(ResultTable table, ResultTable final, ResultTable? previous)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(final);
        var toFinal = Compare(table, final);
        var toPrevious = previous is null ? new Measures?[table.Count] : Compare(table, previous);
        return
        [
            new Column<int?>(
                new ColumnSchema("final_step", typeof(int), true, "the step that stands for the final one: the sweep's last with a result",
                    "steps"),
                Enumerable.Repeat(final.Count > 0 ? final.Read<int?>("step")[0] : null, table.Count)),
            Column(toFinal, "exact", "share of places (direction, rank) with the final directions' token", closeness => closeness.Exact),
            Column(
                toFinal, "overlap",
                "share of a direction's tokens that the final direction of the same index has too, mean over directions",
                closeness => closeness.Overlap),
            Column(
                toFinal, "matched_overlap", "the same after the best one-to-one matching of directions", closeness => closeness.Matched),
            Column(
                toPrevious, "previous_overlap",
                "share of a direction's tokens that the direction of the same index had at the series' step before, mean over directions",
                closeness => closeness.Overlap),
        ];

        static Column<double?> Column(Measures?[] measured, string name, string description, Func<Measures, double> value) => new(
            new ColumnSchema(name, typeof(double), true, description, ""),
            measured.Select(closeness => closeness is null ? (double?)null : value(closeness)));
    }

    private static Measures?[] Compare(ResultTable table, ResultTable other)
    {
        var others = Keys(other).Zip(Directions(other)).ToDictionary();
        return
        [
            .. Keys(table).Zip(
                Directions(table), (key, directions) => others.TryGetValue(key, out var there) ? Closeness(directions, there) : null),
        ];
    }

    private static IEnumerable<(int? Block, string Component, string Parameter)> Keys(ResultTable table) =>
        table.Read<int?>("block").Zip(table.Read<string>("component"), table.Read<string>("parameter"));

    // The tokens of each direction, for every row.
    private static IEnumerable<int[][]> Directions(ResultTable table) =>
        table.Read<int[]>("tokens")
            .Zip(table.Read<int>("count"), (tokens, count) => count == 0 ? Array.Empty<int[]>() : [.. tokens.Chunk(tokens.Length / count)]);

    private static Measures? Closeness(int[][] now, int[][] other)
    {
        if (now.Length == 0 || now.Length != other.Length)
        {
            return null;
        }

        var holders = other
            .SelectMany((tokens, direction) => tokens.Distinct().Select(token => (Token: token, Direction: direction)))
            .ToLookup(place => place.Token, place => place.Direction);
        var shared = Array.ConvertAll(now, tokens => Count(tokens, holders, other.Length));
        double places = now.Length * now[0].Length;
        var exact = now.Zip(other, (a, b) => a.Zip(b, (x, y) => x == y).Count(same => same)).Sum();
        var matching = Assignment.Best(shared);
        return new Measures(exact / places, shared.Select((row, i) => row[i]).Sum() / places,
            shared.Select((row, i) => row[matching[i]]).Sum() / places);
    }

    // How many of the tokens each direction holds: most tokens are held by few.
    private static int[] Count(int[] tokens, ILookup<int, int> holders, int directions)
    {
        var counts = new int[directions];
        foreach (var direction in tokens.SelectMany(token => holders[token]))
        {
            counts[direction]++;
        }

        return counts;
    }

    private sealed record Measures(double Exact, double Overlap, double Matched);
}
