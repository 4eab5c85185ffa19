namespace PythiaOrleans.Core.Ids;

/// <summary>What was probably meant by a name that does not exist.</summary>
public static class Suggestion
{
    private const int MaxNear = 3;
    private const int MaxListed = 20;

    /// <summary>The sentence for the end of an error: the names that are near, and those that there are.</summary>
    /// <param name="name">What was written.</param>
    /// <param name="known">The names that exist.</param>
    /// <returns><c>did you mean pythia-70m? There are pythia-14m, pythia-70m.</c></returns>
    public static string Among(string name, IReadOnlyCollection<string> known)
    {
        ArgumentNullException.ThrowIfNull(known);
        var near = Near(name, known);
        var meant = near.Count > 0 ? $"did you mean {string.Join(" or ", near)}? " : "";
        return known.Count switch
        {
            0 => "there are none.",
            <= MaxListed => $"{meant}{(meant.Length > 0 ? "There" : "there")} are {string.Join(", ", known)}.",
            _ when near.Count > 0 => $"{meant}There are {known.Count}.",
            _ => $"there are {string.Join(", ", known.Take(MaxListed))} and {known.Count - MaxListed} more.",
        };
    }

    /// <summary>The names that differ least from what was written; of those the ones that begin alike first.</summary>
    /// <param name="name">What was written.</param>
    /// <param name="known">The names that exist.</param>
    /// <remarks>
    /// Counted are letters that are added, left out, replaced, or exchanged with their neighbour (Damerau, 1964), at most a third of the
    /// name; a name that contains what was written is near as well.
    /// </remarks>
    public static IReadOnlyList<string> Near(string name, IEnumerable<string> known)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(known);
        var most = Math.Max(1, name.Length / 3);
        var near = known.Select(candidate => (candidate, Distance: Measure(name, candidate)))
            .Where(pair => pair.Distance <= most).ToArray();
        return
        [
            .. near.Where(pair => pair.Distance == near.Min(one => one.Distance))
                .OrderByDescending(pair => CommonStart(name, pair.candidate))
                .ThenBy(pair => pair.candidate.Length)
                .Select(pair => pair.candidate)
                .Take(MaxNear),
        ];

        static int CommonStart(string one, string other) => one.Zip(other).TakeWhile(pair => pair.First == pair.Second).Count();

        int Measure(string written, string candidate) =>
            written.Length > 2 && candidate.Contains(written, StringComparison.OrdinalIgnoreCase)
                ? 1
                : Distance(written.ToUpperInvariant(), candidate.ToUpperInvariant());
    }

    /// <summary>How many letters one must add, remove, replace or exchange with a neighbour to come from one text to the other.</summary>
    internal static int Distance(string from, string to)
    {
        var (beforeLast, last) = (new int[to.Length + 1], Enumerable.Range(0, to.Length + 1).ToArray());
        for (var i = 1; i <= from.Length; i++)
        {
            var row = new int[to.Length + 1];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var isSame = from[i - 1] == to[j - 1];
                row[j] = Math.Min(Math.Min(last[j] + 1, row[j - 1] + 1), last[j - 1] + (isSame ? 0 : 1));
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                {
                    row[j] = Math.Min(row[j], beforeLast[j - 2] + 1);
                }
            }

            (beforeLast, last) = (last, row);
        }

        return last[to.Length];
    }
}
