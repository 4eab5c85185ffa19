namespace PythiaOrleans.Analyses.AttentionHeads;

/// <summary>
/// Rows of random tokens that come twice: what a head does on them it cannot have from knowing the language (Olsson et al. 2022,
/// arXiv:2209.11895).
/// </summary>
internal static class RepeatedTokens
{
    /// <summary>Rows.</summary>
    public const int Rows = 4;

    /// <summary>Tokens of a row before they come again, where the model's context has room for twice as many.</summary>
    public const int MaxHalf = 64;

    /// <summary>Of the generator.</summary>
    public const int Seed = 1;

    /// <summary>The rows, the same for every checkpoint of a model.</summary>
    /// <param name="tokens">How many tokens there are, ids from 0; within a half none comes twice, where there are enough.</param>
    /// <param name="context">The longest sequence that the model takes.</param>
    /// <returns>[<see cref="Rows"/>][2 n]; empty where the context has no room for two halves of two.</returns>
    public static long[][] Create(int tokens, int context)
    {
        var half = Math.Min(MaxHalf, context / 2);
        if (half < 2 || tokens < 1)
        {
            return [];
        }

        var random = new Random(Seed);
        return [.. Enumerable.Range(0, Rows).Select(_ => Row(random, tokens, half))];
    }

    private static long[] Row(Random random, int tokens, int half)
    {
        var row = new List<long>();
        var seen = new HashSet<long>();
        while (row.Count < half)
        {
            long token = random.Next(tokens);
            if (seen.Add(token) || seen.Count == tokens)
            {
                row.Add(token);
            }
        }

        return [.. row, .. row];
    }
}
