using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Reporting.Series;

/// <summary>Which rows and columns of a series are wanted; null wants all.</summary>
/// <param name="Models">Names of models.</param>
/// <param name="Components">Names of components.</param>
/// <param name="Blocks">Indices of blocks.</param>
/// <param name="Parameter"><c>weight</c> or <c>bias</c>.</param>
/// <param name="Steps">Steps.</param>
/// <param name="Columns">Names of columns, beside the keys that the series has.</param>
public sealed record SeriesFilter(
    IReadOnlyCollection<string>? Models = null,
    IReadOnlyCollection<string>? Components = null,
    IReadOnlyCollection<int>? Blocks = null,
    string? Parameter = null,
    IReadOnlyCollection<int>? Steps = null,
    IReadOnlyCollection<string>? Columns = null)
{
    private static readonly string[] Keys = ["model", "step", "block", "component", "parameter"];

    /// <summary>The first step that is wanted; null wants those from the beginning.</summary>
    public int? FromStep { get; init; }

    /// <summary>The last step that is wanted, itself included; null wants those to the end.</summary>
    public int? ToStep { get; init; }

    /// <summary>The part of a series that is wanted, where every name that is asked for exists and something is left.</summary>
    /// <exception cref="ArgumentException">The series has no such column, model, component, parameter, block or step, or no row with all
    /// of them; the message says which there are.</exception>
    public ResultTable ApplyStrictly(ResultTable series)
    {
        ArgumentNullException.ThrowIfNull(series);
        Require("model", Models);
        Require("component", Components);
        Require("parameter", Parameter is null ? null : [Parameter]);
        RequireNumbers("block", Blocks);
        RequireNumbers("step", Steps);
        var chosen = Apply(series);
        return chosen.Count > 0 || series.Count == 0
            ? chosen
            : throw new ArgumentException("No row of the series has all that was asked for: leave one of the filters away.");

        void Require(string column, IEnumerable<string>? wanted)
        {
            if (wanted is null || series.Find(column) is null)
            {
                return;
            }

            string[] there = [.. series.Read<string?>(column).OfType<string>().Distinct()];
            if (wanted.Except(there).FirstOrDefault() is { } unknown)
            {
                throw new ArgumentException($"The series has no {column} '{unknown}': {Suggestion.Among(unknown, there)}");
            }
        }

        void RequireNumbers(string column, IReadOnlyCollection<int>? wanted)
        {
            if (wanted is null || series.Find(column) is null)
            {
                return;
            }

            int[] there = [.. series.Read<int?>(column).OfType<int>().Distinct().Order()];
            if (there.Length > 0 && !wanted.Intersect(there).Any())
            {
                throw new ArgumentException(
                    $"The series has none of the {column}s that were asked for: it has {there.Length}, from {there[0]} to {there[^1]}.");
            }
        }
    }

    /// <summary>The part of a series that is wanted.</summary>
    /// <exception cref="ArgumentException">The series has no such column.</exception>
    public ResultTable Apply(ResultTable series)
    {
        ArgumentNullException.ThrowIfNull(series);
        var names = series.Columns.Select(column => column.Schema.Name).ToArray();
        if (Columns?.Except(names).FirstOrDefault() is { } unknown)
        {
            throw new ArgumentException($"Unknown column '{unknown}': {Suggestion.Among(unknown, [.. names.Except(Keys)])}");
        }

        var tests = new List<Func<int, bool>>();
        Restrict<string?>("model", Models);
        Restrict<string?>("component", Components);
        Restrict("block", Blocks?.Cast<int?>());
        Restrict("step", Steps);
        if ((FromStep ?? ToStep) is not null && names.Contains("step"))
        {
            var steps = series.Read<int>("step");
            tests.Add(row => steps[row] >= (FromStep ?? int.MinValue) && steps[row] <= (ToStep ?? int.MaxValue));
        }

        Restrict<string?>("parameter", Parameter is null ? null : [Parameter]);
        var rows = Enumerable.Range(0, series.Count).Where(row => tests.TrueForAll(test => test(row))).ToArray();
        return new ResultTable(
        [
            .. series.Columns
                .Where(column => Columns is null || Keys.Contains(column.Schema.Name) || Columns.Contains(column.Schema.Name))
                .Select(column => column.Select(rows)),
        ]);

        void Restrict<T>(string column, IEnumerable<T>? wanted)
        {
            if (wanted is not null && names.Contains(column))
            {
                var values = series.Read<T>(column);
                var chosen = wanted.ToHashSet();
                tests.Add(row => chosen.Contains(values[row]));
            }
        }
    }
}
