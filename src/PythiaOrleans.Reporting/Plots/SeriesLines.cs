using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Reporting.Plots;

/// <summary>A scalar column of a series as lines: in each group one for every model, block and head.</summary>
internal static class SeriesLines
{
    /// <summary>Gathers them, groups in the order of their first rows.</summary>
    /// <param name="series">The series.</param>
    /// <param name="value">The column.</param>
    /// <param name="sweep">Gives models and steps.</param>
    /// <param name="groupOf">The group of a row and the head that it is of; null where the row is left out, a head of null where it is of
    /// none.</param>
    public static List<ReportGroup> Gather(
        ResultTable series, ResultColumn value, SweepSpec sweep, Func<int, (string Group, int? Head)?> groupOf)
    {
        var (model, step) = (series.Read<string>("model"), series.Read<int>("step"));
        var block = series.Find("block")?.Read<int?>(); // scores belong to no block
        var places = sweep.Steps.Select((at, index) => (at, index)).ToDictionary(pair => pair.at, pair => pair.index);
        var modelIndex = sweep.Models.Select((name, index) => (name, index)).ToDictionary(pair => pair.name, pair => pair.index);
        var groups = new Dictionary<string, SortedDictionary<(int Model, int Block, int Head), double?[]>>(StringComparer.Ordinal);
        for (var row = 0; row < series.Count; row++)
        {
            if (groupOf(row) is not { } group || !places.TryGetValue(step[row], out var place))
            {
                continue;
            }

            if (!groups.TryGetValue(group.Group, out var lines))
            {
                groups[group.Group] = lines = [];
            }

            var line = (modelIndex[model[row]], block?[row] ?? -1, group.Head ?? -1);
            if (!lines.TryGetValue(line, out var values))
            {
                lines[line] = values = new double?[sweep.Steps.Count];
            }

            values[place] = ReportLine.Rounded(value.Number(row));
        }

        return
        [
            .. groups.Select(group => new ReportGroup(
                group.Key,
                group.Value.Keys.Any(line => line.Block >= 0),
                [
                    .. group.Value.Select(line => new ReportLine(line.Key.Model, Known(line.Key.Block), line.Value)
                    {
                        Head = Known(line.Key.Head),
                    }),
                ],
                null)),
        ];

        static int? Known(int index) => index < 0 ? null : index;
    }
}
