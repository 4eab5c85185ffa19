using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Analyses.AttentionHeads;

/// <summary>
/// When each head came to look where it looks in the end: the first step at which a score is at least half of its final one.
/// </summary>
/// <remarks>
/// Final is the last step of the sweep that has a result. A head whose final score is below 0.1 has no onset: half of it would be reached
/// by chance.
/// </remarks>
internal sealed class HeadOnsets : IDerivedColumns
{
    private const double LeastFinal = 0.1;

    private static readonly string[] Scores = ["induction", "previous_token", "duplicate_token", "sink"];

    /// <inheritdoc />
    public string Analysis => "attention-heads";

    /// <inheritdoc />
    public int Version => 1;

    /// <inheritdoc />
    public IReadOnlyCollection<string> Lists => [];

    /// <inheritdoc />
    public IReadOnlyList<ResultColumn> Derive(ResultTable table, ResultTable final) => [];

    /// <inheritdoc />
    public IReadOnlyList<ResultColumn> DeriveFromSeries(ResultTable series)
    {
        ArgumentNullException.ThrowIfNull(series);
        var (models, steps, blocks) = (series.Read<string>("model"), series.Read<int>("step"), series.Read<int?>("block"));
        var (components, parameters) = (series.Read<string>("component"), series.Read<string>("parameter"));
        var heads = Enumerable.Range(0, series.Count)
            .GroupBy(row => (models[row], blocks[row], components[row], parameters[row]))
            .Select(head => head.OrderBy(row => steps[row]).ToArray())
            .ToArray();
        return [.. Scores.Select(Column)];

        ResultColumn Column(string score)
        {
            var (values, onsets) = (series.Read<double>(score), new int?[series.Count]);
            foreach (var head in heads)
            {
                var final = values[head[^1]];
                int? onset = final >= LeastFinal ? steps[head.First(row => values[row] >= final / 2)] : null;
                Array.ForEach(head, row => onsets[row] = onset);
            }

            var description =
                $"first step at which {score} is at least half of its final value; empty where that is below {LeastFinal:0.0}";
            return new Column<int?>(new ColumnSchema($"{score}_onset", typeof(int), true, description, "steps"), onsets);
        }
    }
}
