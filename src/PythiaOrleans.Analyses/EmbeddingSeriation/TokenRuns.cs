using PythiaOrleans.Analyses.EmbeddingCorrelation;

namespace PythiaOrleans.Analyses.EmbeddingSeriation;

/// <summary>Correlations of tokens that stand together in an order: runs of neighbours, and the matrix seen from afar.</summary>
/// <param name="matrix">All correlations.</param>
/// <param name="order">Places of the tokens.</param>
internal sealed class TokenRuns(CorrelationMatrix matrix, int[] order)
{
    /// <summary>Tokens of a run.</summary>
    public const int Length = 16;

    private readonly int[][] _runs = [.. order.Chunk(Length)];

    /// <summary>Mean correlation of pairs within a run, minus that of all pairs.</summary>
    public double Structure
    {
        get
        {
            var (sum, count) = (0.0, 0L);
            foreach (var run in _runs)
            {
                for (var a = 0; a < run.Length; a++)
                {
                    for (var b = a + 1; b < run.Length; b++, count++)
                    {
                        sum += matrix[run[a], run[b]];
                    }
                }
            }

            return (sum / count) - matrix.Mean((_, _) => true);
        }
    }

    /// <summary>Mean correlation of the tokens of two runs, above the diagonal, row by row.</summary>
    public float[] Cells
    {
        get
        {
            var cells = new List<float>();
            for (var row = 0; row < _runs.Length; row++)
            {
                for (var column = row + 1; column < _runs.Length; column++)
                {
                    cells.Add((float)Mean(_runs[row], _runs[column]));
                }
            }

            return [.. cells];
        }
    }

    private double Mean(int[] rows, int[] columns)
    {
        double sum = 0;
        foreach (var row in rows)
        {
            foreach (var column in columns)
            {
                sum += matrix[row, column];
            }
        }

        return sum / (rows.Length * columns.Length);
    }
}
