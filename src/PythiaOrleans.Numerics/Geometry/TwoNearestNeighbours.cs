namespace PythiaOrleans.Numerics.Geometry;

/// <summary>
/// The dimension of the surface on which points lie, by the ratio of each point's distances to its second and its first neighbour.
/// </summary>
/// <remarks>
/// Facco, d'Errico, Rodriguez and Laio 2017 (Scientific Reports 7, 12140): −ln(1 − F(μ)) = d ln μ, without the largest tenth.
/// </remarks>
public static class TwoNearestNeighbours
{
    private const double Kept = 0.9;

    // Squared distances below this share of the points' own sizes are rounding: the points are one.
    private const double SamePoint = 1e-12;

    /// <summary>The dimension.</summary>
    /// <param name="products">Inner products of the points [n · n], row after row.</param>
    /// <returns>NaN with fewer than five different points.</returns>
    public static double Dimension(ReadOnlySpan<double> products)
    {
        const int fewest = 5;
        var size = (int)Math.Sqrt(products.Length);
        var distinct = Distinct(products, size);
        if (distinct.Count < fewest)
        {
            return double.NaN;
        }

        var ratios = new List<double>();
        foreach (var point in distinct)
        {
            var (nearest, second) = (double.PositiveInfinity, double.PositiveInfinity);
            foreach (var other in distinct)
            {
                if (other == point)
                {
                    continue;
                }

                var distance = SquaredDistance(products, size, point, other);
                (nearest, second) = distance < nearest ? (distance, nearest) : (nearest, Math.Min(second, distance));
            }

            ratios.Add(Math.Log(second / nearest) / 2);
        }

        return Slope(ratios);
    }

    // Through the origin.
    private static double Slope(List<double> logarithms)
    {
        logarithms.Sort();
        var (products, squares) = (0.0, 0.0);
        for (var i = 0; i < (int)(Kept * logarithms.Count); i++)
        {
            var x = logarithms[i];
            products += x * -Math.Log(1 - ((i + 1.0) / logarithms.Count));
            squares += x * x;
        }

        return products / squares;
    }

    private static List<int> Distinct(ReadOnlySpan<double> products, int size)
    {
        var distinct = new List<int>();
        for (var point = 0; point < size; point++)
        {
            var isNew = true;
            foreach (var other in distinct)
            {
                var sizes = products[(point * size) + point] + products[(other * size) + other];
                isNew &= SquaredDistance(products, size, point, other) > SamePoint * sizes;
            }

            if (isNew)
            {
                distinct.Add(point);
            }
        }

        return distinct;
    }

    private static double SquaredDistance(ReadOnlySpan<double> products, int size, int a, int b) =>
        products[(a * size) + a] + products[(b * size) + b] - (2 * products[(a * size) + b]);
}
