namespace PythiaOrleans.Numerics.RandomMatrices;

/// <summary>
/// The distribution of the eigenvalues of WᵀW/m for an m x n matrix of independent elements with variance σ², n ≤ m (Marchenko and Pastur
/// 1967).
/// </summary>
/// <remarks>
/// Edges σ²(1 ± √c)², c = n/m. The largest eigenvalue of a Gaussian matrix fluctuates about its edge by the Tracy-Widom distribution; its
/// centre and scale are those of Johnstone 2001 (Annals of Statistics 29, theorem 1.1).
/// </remarks>
internal sealed class MarchenkoPastur
{
    // The 99 % quantile of the first Tracy-Widom distribution.
    private const double TracyWidom99 = 2.0234;

    private readonly double _variance;
    private readonly double _ratio;
    private readonly double _low;
    private readonly double _high;

    /// <summary>The distribution for one matrix.</summary>
    /// <param name="rows">m, the longer side.</param>
    /// <param name="columns">n, the shorter side.</param>
    /// <param name="variance">σ², the mean square of the elements.</param>
    public MarchenkoPastur(long rows, long columns, double variance)
    {
        _variance = variance;
        _ratio = (double)columns / rows;
        _low = Math.Pow(1 - Math.Sqrt(_ratio), 2);
        _high = Math.Pow(1 + Math.Sqrt(_ratio), 2);
        var (m, n) = (Math.Sqrt(rows - 1), Math.Sqrt(columns));
        Edge = Math.Sqrt(variance) * (Math.Sqrt(rows) + n);
        OutlierEdge = Math.Sqrt(variance * (Math.Pow(m + n, 2) + (TracyWidom99 * (m + n) * Math.Cbrt((1 / m) + (1 / n)))));
    }

    /// <summary>The largest singular value of a large random matrix of this size, σ(√m + √n).</summary>
    public double Edge { get; }

    /// <summary>The singular value that a Gaussian matrix's largest one exceeds once in a hundred times.</summary>
    public double OutlierEdge { get; }

    /// <summary>The distribution function of the eigenvalues.</summary>
    /// <param name="eigenvalue">Of WᵀW/m.</param>
    public double Cumulative(double eigenvalue)
    {
        var x = eigenvalue / _variance;
        if (x <= _low)
        {
            return 0;
        }

        if (x >= _high)
        {
            return 1;
        }

        var root = Math.Sqrt((_high - x) * (x - _low));
        var bulk = Math.Asin(Math.Clamp((x - 1 - _ratio) / (2 * Math.Sqrt(_ratio)), -1, 1));
        var near = Math.Asin(Math.Clamp((((1 + _ratio) * x) - Math.Pow(1 - _ratio, 2)) / (2 * Math.Sqrt(_ratio) * x), -1, 1));
        return 0.5 + ((root + ((1 + _ratio) * bulk) - ((1 - _ratio) * near)) / (2 * Math.PI * _ratio));
    }

    /// <summary>The median eigenvalue of WᵀW/m: half of the distribution lies below it.</summary>
    public double Median()
    {
        var (low, high) = (_variance * _low, _variance * _high);
        while (high - low > 1e-12 * _variance)
        {
            var middle = (low + high) / 2;
            (low, high) = Cumulative(middle) < 0.5 ? (middle, high) : (low, middle);
        }

        return (low + high) / 2;
    }

    /// <summary>The Kolmogorov-Smirnov distance of the eigenvalues of WᵀW/m from the distribution, in [0, 1].</summary>
    /// <param name="eigenvalues">Descending.</param>
    public double KolmogorovSmirnov(ReadOnlySpan<double> eigenvalues)
    {
        double distance = 0;
        for (var i = 0; i < eigenvalues.Length; i++)
        {
            var expected = Cumulative(eigenvalues[i]);
            var above = (double)(eigenvalues.Length - i) / eigenvalues.Length;
            distance = Math.Max(distance, Math.Max(above - expected, expected - (above - (1.0 / eigenvalues.Length))));
        }

        return distance;
    }
}
