namespace PythiaOrleans.Numerics.Regression;

/// <summary>Orthonormal columns built one by one (Gram-Schmidt, twice), for least squares with few terms.</summary>
/// <param name="length">Rows.</param>
internal sealed class OrthonormalBasis(int length)
{
    private const double Dependent = 1e-10;
    private readonly List<double[]> _columns = [];

    /// <summary>Adds a column; one that the others explain already adds nothing.</summary>
    public void Add(double[] column)
    {
        if (column.Length != length)
        {
            throw new ArgumentException($"Expected {length} rows, found {column.Length}.", nameof(column));
        }

        var rest = Residual(Residual(column));
        var norm = Math.Sqrt(rest.Sum(value => value * value));
        if (norm > Dependent * Math.Sqrt(column.Sum(value => value * value)))
        {
            _columns.Add(Array.ConvertAll(rest, value => value / norm));
        }
    }

    /// <summary>What the columns do not explain of some values: the residual of least squares.</summary>
    public double[] Residual(double[] values)
    {
        double[] rest = [.. values];
        foreach (var column in _columns)
        {
            double product = 0;
            for (var i = 0; i < rest.Length; i++)
            {
                product += column[i] * rest[i];
            }

            for (var i = 0; i < rest.Length; i++)
            {
                rest[i] -= product * column[i];
            }
        }

        return rest;
    }
}
