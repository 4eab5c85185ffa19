namespace PythiaOrleans.Numerics.Fits;

/// <summary>The one-to-one assignment of rows to columns of largest total gain.</summary>
/// <remarks>
/// The Hungarian method in the form of shortest augmenting paths with potentials, O(n³): Kuhn 1955; Jonker and Volgenant 1987.
/// </remarks>
internal static class Assignment
{
    /// <summary>The column of each row.</summary>
    /// <param name="gains">[n][n].</param>
    public static int[] Best(int[][] gains)
    {
        var n = gains.Length;
        var (rowPrice, columnPrice) = (new long[n + 1], new long[n + 1]);
        var rowOf = new int[n + 1]; // of each column, from 1; column 0 holds the row that looks for a place
        for (var row = 1; row <= n; row++)
        {
            Insert(row);
        }

        var columns = new int[n];
        for (var column = 1; column <= n; column++)
        {
            columns[rowOf[column] - 1] = column - 1;
        }

        return columns;

        void Insert(int row)
        {
            rowOf[0] = row;
            var (slack, from, visited) = (new long[n + 1], new int[n + 1], new bool[n + 1]);
            Array.Fill(slack, long.MaxValue);
            var at = 0;
            do
            {
                visited[at] = true;
                var (least, next) = (long.MaxValue, 0);
                for (var column = 1; column <= n; column++)
                {
                    if (visited[column])
                    {
                        continue;
                    }

                    var cost = -(long)gains[rowOf[at] - 1][column - 1] - rowPrice[rowOf[at]] - columnPrice[column];
                    if (cost < slack[column])
                    {
                        (slack[column], from[column]) = (cost, at);
                    }

                    if (slack[column] < least)
                    {
                        (least, next) = (slack[column], column);
                    }
                }

                for (var column = 0; column <= n; column++)
                {
                    if (visited[column])
                    {
                        rowPrice[rowOf[column]] += least;
                        columnPrice[column] -= least;
                    }
                    else
                    {
                        slack[column] -= least;
                    }
                }

                at = next;
            }
            while (rowOf[at] != 0);

            for (; at != 0; at = from[at])
            {
                rowOf[at] = rowOf[from[at]];
            }
        }
    }
}
