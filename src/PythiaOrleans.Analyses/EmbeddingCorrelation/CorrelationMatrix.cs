using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.EmbeddingCorrelation;

/// <summary>Pearson's correlations of embedding rows, [n, n].</summary>
internal sealed class CorrelationMatrix
{
    private readonly double[] _values;

    private CorrelationMatrix(int size, double[] values)
    {
        Size = size;
        _values = values;
    }

    /// <summary>n.</summary>
    public int Size { get; }

    /// <summary>One correlation; rows without spread correlate with nothing, themselves included.</summary>
    public double this[int row, int column] => _values[(row * Size) + column];

    /// <summary>The correlations above the diagonal, row by row.</summary>
    public float[] Triangle =>
        [.. Enumerable.Range(0, Size).SelectMany(row => Enumerable.Range(row + 1, Size - row - 1),
            (row, column) => (float)this[row, column])];

    /// <summary>Correlates rows [n][d].</summary>
    public static CorrelationMatrix Compute(double[][] rows)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var standard = rows.SelectMany(Standardise).ToArray();

        // A tensor over an array of .NET's begins wherever the array does, and MKL rounds otherwise where rows are not aligned: libtorch's
        // own memory always is.
        var z = tensor(standard, [rows.Length, rows.Length == 0 ? 0 : rows[0].Length]).clone();
        return new CorrelationMatrix(rows.Length, z.mm(z.t()).data<double>().ToArray());
    }

    /// <summary>The Frobenius distance from another one of the same size.</summary>
    public double DistanceFrom(CorrelationMatrix other) => Math.Sqrt(_values.Zip(other._values, (a, b) => (a - b) * (a - b)).Sum());

    /// <summary>The mean correlation of pairs of different rows for which a condition holds; NaN where it holds for none.</summary>
    public double Mean(Func<int, int, bool> of)
    {
        double sum = 0;
        long count = 0;
        for (var row = 0; row < Size; row++)
        {
            for (var column = row + 1; column < Size; column++)
            {
                if (of(row, column))
                {
                    sum += this[row, column];
                    count++;
                }
            }
        }

        return count > 0 ? sum / count : double.NaN;
    }

    /// <summary>
    /// An order in which correlated rows stand together: by the Fiedler vector of the graph whose weights are (1 + correlation)/2.
    /// </summary>
    /// <remarks>
    /// Spectral seriation, Atkins, Boman and Hendrickson 1998 (SIAM Journal on Computing 28). Of the two directions the one that starts
    /// with the smaller index.
    /// </remarks>
    public int[] Seriate()
    {
        if (Size < 3)
        {
            return [.. Enumerable.Range(0, Size)];
        }

        using var off = no_grad();
        using var scope = NewDisposeScope();
        var laplacian = new double[Size * Size];
        for (var row = 0; row < Size; row++)
        {
            for (var column = 0; column < Size; column++)
            {
                var weight = row == column ? 0 : (1 + this[row, column]) / 2;
                laplacian[(row * Size) + column] -= weight;
                laplacian[(row * Size) + row] += weight;
            }
        }

        var vectors = linalg.eigh(tensor(laplacian, [Size, Size]).clone()).Item2;
        var fiedler = vectors.select(1, 1).contiguous().data<double>().ToArray();
        var order = Enumerable.Range(0, Size).OrderBy(row => fiedler[row]).ThenBy(row => row).ToArray();
        return order[0] <= order[^1] ? order : [.. order.Reverse()];
    }

    private static double[] Standardise(double[] row)
    {
        var mean = row.Average();
        var norm = Math.Sqrt(row.Sum(value => (value - mean) * (value - mean)));
        return Array.ConvertAll(row, value => norm > 0 && double.IsFinite(norm) ? (value - mean) / norm : 0);
    }
}
