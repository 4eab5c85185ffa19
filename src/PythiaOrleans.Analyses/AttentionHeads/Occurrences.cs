namespace PythiaOrleans.Analyses.AttentionHeads;

/// <summary>For each position of a row: where its token stood before, and what followed it there.</summary>
internal sealed class Occurrences
{
    /// <summary>Finds them.</summary>
    /// <param name="row">The tokens.</param>
    public Occurrences(long[] row)
    {
        var places = new Dictionary<long, List<int>>();
        (Same, Following) = (new int[row.Length][], new int[row.Length][]);
        for (var position = 0; position < row.Length; position++)
        {
            if (!places.TryGetValue(row[position], out var before))
            {
                places[row[position]] = before = [];
            }

            Same[position] = [.. before];
            Following[position] = [.. before.Select(place => place + 1).Where(place => place < position)];
            before.Add(position);
        }
    }

    /// <summary>Earlier positions of the same token, for each position.</summary>
    public int[][] Same { get; }

    /// <summary>The positions after those, as far as they are before the position itself.</summary>
    public int[][] Following { get; }
}
