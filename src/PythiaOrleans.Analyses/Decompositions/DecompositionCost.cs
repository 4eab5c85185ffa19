using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Loading;

namespace PythiaOrleans.Analyses.Decompositions;

/// <summary>Operations and memory of decompositions, in units of their sizes.</summary>
internal static class DecompositionCost
{
    /// <summary>Eigenvalues of an [n, n] matrix, in n³: 4/3, mostly in matrix-vector products, which wait for memory.</summary>
    public const double Eigenvalues = 3;

    /// <summary>
    /// Eigenvalues and eigenvectors of an [n, n] matrix, in n³. On a processor the <see cref="LeadingEigenvectors"/> of a large one take a
    /// third of it, but for those of early checkpoints.
    /// </summary>
    public const double Eigenvectors = 9;

    /// <summary>The orthogonal factor of an [m, n] matrix, in mn².</summary>
    public const double Orthogonal = 4;

    /// <summary>Singular vectors of an [n, n] matrix, in n³.</summary>
    public const double Singular = 20;

    /// <summary>A Gram matrix of an [m, n] matrix by its lower triangle, in mn²: of the 2 of the whole.</summary>
    public const double Gram = 1.2;

    /// <summary>Core-seconds of a decomposition, however small.</summary>
    public const double SecondsEach = 0.15e-3;

    /// <summary>[n, n] matrices in memory during a decomposition: the Gram matrix, its copy, and the workspace.</summary>
    public const int GramCopies = 3;

    /// <summary>Rows that are in float64 at a time.</summary>
    public const int RowsOfGram = 2048;

    /// <summary>Operations of the Gram matrices of matrices with the given shapes.</summary>
    public static double GramFlops(IEnumerable<long[]> shapes) =>
        shapes.Sum(shape => Gram * shape.Max() * (double)shape.Min() * shape.Min());

    /// <summary>Operations of their eigenvalues.</summary>
    public static double EigenvalueFlops(IEnumerable<long[]> shapes) =>
        shapes.Sum(shape => Eigenvalues * Math.Pow(shape.Min(), 3));

    /// <summary>
    /// Memory for singular values of the largest matrices, one for each thread: each as it is stored and with some rows in float64 and its
    /// Gram matrix.
    /// </summary>
    public static long Bytes(IEnumerable<long[]> shapes, ComputeDevice device) => shapes
        .Select(shape => (Long: shape.Max(), Short: shape.Min()))
        .Select(size => (2 * sizeof(float) * size.Long * size.Short)
            + (sizeof(double) * size.Short * ((GramCopies * size.Short) + RowsOfGram)))
        .OrderDescending().Take(device.ThreadsOfOneSlot).Sum();

    /// <summary>How much of the work a matrix's singular values are, for sharing it out among threads.</summary>
    public static double Share(Parameter parameter)
    {
        double rows = parameter.Tensor.Shape.Max(), columns = parameter.Tensor.Shape.Min();
        return columns * columns * (rows + (6 * columns));
    }
}
