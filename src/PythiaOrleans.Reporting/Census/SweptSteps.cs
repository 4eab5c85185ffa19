using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Census;

/// <summary>
/// Reads what a census needs from the series <c>weight-moments</c>, and <c>weight-distance</c>, <c>integrity</c> and
/// <c>tensor-digests</c> where they are there.
/// </summary>
internal static class SweptSteps
{
    private const string Weight = "weight";
    private const string Digests = "tensor-digests";

    /// <exception cref="ArgumentException">The sweep has no moments.</exception>
    public static IReadOnlyList<SweptStep> Read(SeriesSet series)
    {
        if (!series.Tables.TryGetValue("weight-moments", out var moments))
        {
            throw new ArgumentException(
                $"Sweep '{series.Name}' has no series weight-moments, from which a census tells tensors apart. Sweep it with --analyses "
                    + "weight-moments,weight-distance,integrity,tensor-digests.");
        }

        var distances = series.Tables.GetValueOrDefault("weight-distance") is { } table ? Distances(table) : [];
        var files = series.Tables.GetValueOrDefault("integrity") is { } checks ? Files(checks) : [];
        var grids = series.Tables.GetValueOrDefault(Digests) is { } digests ? Grids(digests) : [];
        return
        [
            .. Moments(moments, HasDigests(series) ? DigestsOf(series.Tables[Digests]) : null)
                .Select(step => distances.TryGetValue((step.Model, step.Step), out var moved)
                    ? step with { SquaredDistance = moved.Start, SquaredMovement = moved.Before, Similarity = moved.Cosine } : step)
                .Select(step => step with
                {
                    File = files.GetValueOrDefault((step.Model, step.Step)),
                    Grid = grids.GetValueOrDefault((step.Model, step.Step)),
                }),
        ];
    }

    /// <summary>Whether the sweep has the digest of every tensor of which it has moments: else none is used.</summary>
    public static bool HasDigests(SeriesSet series) => series.Tables.TryGetValue("weight-moments", out var moments)
        && series.Tables.TryGetValue(Digests, out var digests) && Keys(moments).ToHashSet().IsSubsetOf(Keys(digests));

    private static IEnumerable<SweptStep> Moments(ResultTable table, Dictionary<(string, int, string), string>? digests)
    {
        var (models, steps, names) = (table.Read<string>("model"), table.Read<int>("step"), Names(table));
        var (counts, nonFinite, parameters) = (table.Read<long>("count"), table.Find("non_finite"), table.Read<string>("parameter"));
        double At(string column, int row) => table[column].Number(row);
        foreach (var group in Enumerable.Range(0, table.Count).GroupBy(row => (models[row], steps[row])))
        {
            int[] rows = [.. group.DistinctBy(row => names[row])];
            int[] matrices = [.. group.Where(row => parameters[row] == Weight)];
            yield return new SweptStep(
                group.Key.Item1,
                group.Key.Item2,
                rows.Where(row => At("min", row) < At("max", row)).ToDictionary(
                    row => names[row],
                    row => new TensorSign(
                        counts[row], At("min", row), At("max", row), At("mean", row), At("norm", row), At("excess_kurtosis", row),
                        digests?[(models[row], steps[row], names[row])])),
                matrices.Sum(row => At("norm", row) * At("norm", row)),
                matrices.Sum(row => counts[row]),
                nonFinite is null ? 0 : group.Sum(row => (long)nonFinite.Number(row)))
            {
                Sizes = rows.ToDictionary(row => names[row], row => counts[row] + (nonFinite is null ? 0 : (long)nonFinite.Number(row))),
            };
        }
    }

    private static Dictionary<(string, int), (double? Start, double? Before, double? Cosine)> Distances(ResultTable table)
    {
        var (models, steps, parameters) = (table.Read<string>("model"), table.Read<int>("step"), table.Read<string>("parameter"));
        var (components, references) = (table.Read<string>("component"), table.Read<int>("reference_step"));
        var (distance, before) = (table["distance"], table.Find("previous_distance"));
        var cosine = table.Find("cosine");
        var found = new Dictionary<(string, int), (double?, double?, double?)>();
        foreach (var group in Enumerable.Range(0, table.Count).Where(row => parameters[row] == Weight)
            .GroupBy(row => (models[row], steps[row])))
        {
            int[] rows = [.. group];
            double Sum(ResultColumn column) => rows.Sum(row => column.Number(row) * column.Number(row));
            var isFromStart = Array.TrueForAll(rows, row => references[row] == 0);
            var moved = before is null ? double.NaN : Sum(before);
            int? embedding = rows.Where(row => Components.RoleOf(components[row]) == ComponentRole.Embedding)
                .Select(row => (int?)row).FirstOrDefault();
            found[group.Key] = (
                isFromStart ? Sum(distance) : null,
                double.IsNaN(moved) ? null : moved,
                isFromStart && embedding is { } at && cosine is not null && double.IsFinite(cosine.Number(at)) ? cosine.Number(at) : null);
        }

        return found;
    }

    private static Dictionary<(string, int), SweptFile> Files(ResultTable table)
    {
        var (models, steps) = (table.Read<string>("model"), table.Read<int>("step"));
        var (digests, bytes, files) = (table.Read<string>("sha256"), table.Read<long>("bytes"), table.Read<string>("files"));
        return Enumerable.Range(0, table.Count).DistinctBy(row => (models[row], steps[row])).ToDictionary(
            row => (models[row], steps[row]),
            row => new SweptFile(digests[row], bytes[row], files[row].Split(',').Length));
    }

    private static Dictionary<(string, int), string> Grids(ResultTable table)
    {
        var (models, steps) = (table.Read<string>("model"), table.Read<int>("step"));
        var (half, brain) = (table.Read<bool>("on_half_grid"), table.Read<bool>("on_bfloat16_grid"));
        return Enumerable.Range(0, table.Count).GroupBy(row => (models[row], steps[row])).ToDictionary(
            group => group.Key,
            group => (group.All(row => half[row]), group.All(row => brain[row])) switch
            {
                (true, true) => "half-precision and bfloat16 numbers",
                (true, false) => "half-precision numbers",
                (false, true) => "bfloat16 numbers",
                _ => "of full precision",
            });
    }

    private static Dictionary<(string, int, string), string> DigestsOf(ResultTable table)
    {
        var digests = table.Read<string>("sha256");
        return Keys(table).Select((key, row) => (key, row)).DistinctBy(pair => pair.key)
            .ToDictionary(pair => pair.key, pair => digests[pair.row]);
    }

    private static IEnumerable<(string Model, int Step, string Tensor)> Keys(ResultTable table)
    {
        var (models, steps, names) = (table.Read<string>("model"), table.Read<int>("step"), Names(table));
        return Enumerable.Range(0, table.Count).Select(row => (models[row], steps[row], names[row]));
    }

    private static string[] Names(ResultTable table)
    {
        var (components, parameters) = (table.Read<string>("component"), table.Read<string>("parameter"));
        var blocks = table.Read<int?>("block");
        return [.. Enumerable.Range(0, table.Count).Select(row => $"{components[row]} {parameters[row]} {blocks[row]}")];
    }
}
