namespace PythiaOrleans.Numerics.Geometry;

/// <summary>
/// Linear centred kernel alignment of two representations of the same points, without bias: how alike are the points' similarities?
/// </summary>
/// <remarks>
/// HSIC₁(K, L) = [tr(K̃L̃) + 1ᵀK̃1 1ᵀL̃1/((n − 1)(n − 2)) − 2/(n − 2) 1ᵀK̃L̃1]/(n(n − 3)), K̃ with a zero diagonal (Song et al. 2012;
/// Nguyen, Raghu and Kornblith 2021); CKA = HSIC₁(K, L)/√(HSIC₁(K, K) HSIC₁(L, L)). The same for rotated and scaled representations.
/// </remarks>
public static class KernelAlignment
{
    private const int FewestPoints = 4;

    /// <summary>CKA: 1 for the same representation, about 0 for independent ones.</summary>
    /// <param name="first">Inner products above the diagonal, row by row: n (n − 1)/2 of them.</param>
    /// <param name="second">The same of another representation of the same points.</param>
    /// <returns>Null where the points are not as many, fewer than four, or where one representation holds no similarities.</returns>
    public static double? Compute(float[] first, float[] second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        var size = Size(first.Length);
        if (first.Length != second.Length || size < FewestPoints)
        {
            return null;
        }

        var (a, b) = (RowSums(first, size), RowSums(second, size));
        var scale = Math.Sqrt(Independence(first, first, a, a) * Independence(second, second, b, b));
        return scale > 0 ? Independence(first, second, a, b) / scale : null;
    }

    // n of n (n - 1)/2.
    private static int Size(int pairs) => (int)Math.Round((1 + Math.Sqrt(1 + (8.0 * pairs))) / 2);

    private static double Independence(float[] first, float[] second, double[] firstSums, double[] secondSums)
    {
        double trace = 0, cross = 0, n = firstSums.Length;
        for (var pair = 0; pair < first.Length; pair++)
        {
            trace += 2 * (double)first[pair] * second[pair];
        }

        for (var row = 0; row < firstSums.Length; row++)
        {
            cross += firstSums[row] * secondSums[row];
        }

        var sums = firstSums.Sum() * secondSums.Sum() / ((n - 1) * (n - 2));
        return (trace + sums - (2 / (n - 2) * cross)) / (n * (n - 3));
    }

    private static double[] RowSums(float[] kernel, int size)
    {
        var sums = new double[size];
        for (int row = 0, pair = 0; row < size; row++)
        {
            for (var column = row + 1; column < size; column++, pair++)
            {
                sums[row] += kernel[pair];
                sums[column] += kernel[pair];
            }
        }

        return sums;
    }
}
