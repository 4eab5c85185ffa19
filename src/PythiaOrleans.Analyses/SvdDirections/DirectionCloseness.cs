using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Numerics.Fits;

namespace PythiaOrleans.Analyses.SvdDirections;

/// <summary>How close the tokens of singular directions are to those of the final checkpoint.</summary>
/// <remarks>
/// Of every matrix or head, over its k directions with 20 tokens each: <c>exact</c>, the share of places (direction, rank) with the same
/// token; <c>overlap</c>, the share of a direction's tokens that the final direction of the same index has too; <c>matched_overlap</c>, the
/// same after the one-to-one matching of directions that makes it largest, since directions with close singular values swap. Tokens are
/// those of the stored side, so that signs play no part.
/// </remarks>
internal sealed class DirectionCloseness : IDerivedColumns
{
    /// <inheritdoc />
    public string Analysis => "svd-directions";

    /// <inheritdoc />
    public int Version => 1;

    /// <inheritdoc />
    public IReadOnlyCollection<string> Lists { get; } = ["tokens"];

    /// <inheritdoc />
    public IReadOnlyList<ResultColumn> Derive(ResultTable table, ResultTable final)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(final);
        var finals = Keys(final).Zip(Directions(final)).ToDictionary();
        var measured = Keys(table)
            .Zip(Directions(table), (key, directions) => finals.TryGetValue(key, out var there) ? Closeness(directions, there) : null)
                .ToArray();
        return
        [
            new Column<int?>(
                new ColumnSchema("final_step", typeof(int), true, "the step that stands for the final one: the sweep's last with a result",
                    "steps"),
                Enumerable.Repeat(final.Count > 0 ? final.Read<int?>("step")[0] : null, table.Count)),
            Column("exact", "share of places (direction, rank) with the final directions' token", closeness => closeness.Exact),
            Column("overlap", "share of a direction's tokens that the final direction of the same index has too, mean over directions",
                closeness => closeness.Overlap),
            Column("matched_overlap", "the same after the best one-to-one matching of directions", closeness => closeness.Matched),
        ];

        Column<double?> Column(string name, string description, Func<Measures, double> value) => new(
            new ColumnSchema(name, typeof(double), true, description, ""),
            measured.Select(closeness => closeness is null ? (double?)null : value(closeness)));
    }

    private static IEnumerable<(int? Block, string Component, string Parameter)> Keys(ResultTable table) =>
        table.Read<int?>("block").Zip(table.Read<string>("component"), table.Read<string>("parameter"));

    // The tokens of each direction, for every row.
    private static IEnumerable<int[][]> Directions(ResultTable table) =>
        table.Read<int[]>("tokens")
            .Zip(table.Read<int>("count"), (tokens, count) => count == 0 ? Array.Empty<int[]>() : [.. tokens.Chunk(tokens.Length / count)]);

    private static Measures? Closeness(int[][] now, int[][] final)
    {
        if (now.Length == 0 || now.Length != final.Length)
        {
            return null;
        }

        var sets = Array.ConvertAll(final, tokens => tokens.ToHashSet());
        var shared = Array.ConvertAll(now, tokens => Array.ConvertAll(sets, set => tokens.Count(set.Contains)));
        double places = now.Length * now[0].Length;
        var exact = now.Zip(final, (a, b) => a.Zip(b, (x, y) => x == y).Count(same => same)).Sum();
        var matching = Assignment.Best(shared);
        return new Measures(exact / places, shared.Select((row, i) => row[i]).Sum() / places,
            shared.Select((row, i) => row[matching[i]]).Sum() / places);
    }

    private sealed record Measures(double Exact, double Overlap, double Matched);
}
