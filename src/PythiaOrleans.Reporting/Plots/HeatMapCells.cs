namespace PythiaOrleans.Reporting.Plots;

/// <summary>The cells of a heat map as a picture needs them.</summary>
internal static class HeatMapCells
{
    /// <summary>The whole matrix of what lies above its diagonal.</summary>
    /// <param name="cells">Signed bytes above the diagonal, row by row; n (n - 1) / 2 of them.</param>
    /// <returns>[n, n], with ones on the diagonal.</returns>
    public static double[,] Unpack(byte[] cells)
    {
        var size = (int)Math.Round((1 + Math.Sqrt(1 + (8.0 * cells.Length))) / 2);
        var (matrix, at) = (new double[size, size], 0);
        for (var row = 0; row < size; row++)
        {
            matrix[row, row] = 1;
            for (var column = row + 1; column < size; column++)
            {
                matrix[row, column] = matrix[column, row] = (sbyte)cells[at++] / (double)HeatMapKind.Unit;
            }
        }

        return matrix;
    }

    /// <summary>Where runs of digits, capital letters and small letters begin and end among the tokens of a heat map's rows.</summary>
    /// <param name="texts">The texts of tokens, by id.</param>
    /// <param name="tokens">The ids of the rows' tokens; null where they are not known.</param>
    /// <returns>Rows; a line is to be drawn before each of them.</returns>
    public static IReadOnlyList<int> GroupEnds(IReadOnlyDictionary<int, string> texts, IReadOnlyList<int>? tokens)
    {
        int[] kinds = [.. (tokens ?? []).Select(id => texts.TryGetValue(id, out var text) ? KindOf(text) : 0)];
        return [.. Enumerable.Range(1, Math.Max(0, kinds.Length - 1)).Where(row => kinds[row] != kinds[row - 1])];
    }

    private static int KindOf(string text) => text switch
    {
        [>= '0' and <= '9'] => 1,
        [>= 'A' and <= 'Z'] => 2,
        [>= 'a' and <= 'z'] => 3,
        _ => 0,
    };
}
