using System.Globalization;

namespace PythiaOrleans.Core.Sweeps;

/// <summary>Reads lists of steps: <c>0,1000,143000</c>, <c>0..143000:1000</c>, or both mixed.</summary>
public static class StepList
{
    private const int Longest = 1_000_000;

    /// <summary>The steps, ascending, each once.</summary>
    /// <exception cref="ArgumentException">A part is neither a step nor a range.</exception>
    public static IReadOnlyList<int> Parse(string text)
    {
        var steps = new SortedSet<int>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            steps.UnionWith(ParsePart(part));
        }

        return steps.Count > 0 ? [.. steps] : throw Wrong(text);
    }

    private static IEnumerable<int> ParsePart(string part)
    {
        var dots = part.IndexOf("..", StringComparison.Ordinal);
        if (dots < 0)
        {
            return [Number(part, part)];
        }

        var colon = part.IndexOf(':', dots);
        var first = Number(part[..dots], part);
        var last = Number(colon < 0 ? part[(dots + 2)..] : part[(dots + 2)..colon], part);
        var by = colon < 0 ? 1 : Number(part[(colon + 1)..], part);
        return by > 0 && last >= first && (last - first) / by < Longest
            ? Enumerable.Range(0, ((last - first) / by) + 1).Select(i => first + (i * by))
            : throw Wrong(part);
    }

    private static int Number(string text, string part) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Wrong(part);

    private static ArgumentException Wrong(string part) =>
        new($"'{part}' is no list of steps: expected numbers and ranges, for example 0,1000,143000 or 0..143000:1000.");
}
