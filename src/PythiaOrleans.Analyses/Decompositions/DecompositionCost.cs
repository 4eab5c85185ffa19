namespace PythiaOrleans.Analyses.Decompositions;

/// <summary>Operations and memory of decompositions, in units of their sizes.</summary>
internal static class DecompositionCost
{
    /// <summary>Eigenvalues of an [n, n] matrix, in n³: 4/3, mostly in matrix-vector products, which wait for memory.</summary>
    public const double Eigenvalues = 3;

    /// <summary>Eigenvalues and eigenvectors of an [n, n] matrix, in n³.</summary>
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
}
