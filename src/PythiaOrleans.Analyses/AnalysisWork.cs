namespace PythiaOrleans.Analyses;

/// <summary>What one analysis of one checkpoint asks of a machine, estimated from shapes.</summary>
/// <remarks>An estimate serves plans and the division of large shards; results never depend on it.</remarks>
public sealed record AnalysisWork
{
    /// <summary>At which rate <see cref="Bytes"/> and <see cref="SingleFlops"/> pass.</summary>
    public required WorkRate Rate { get; init; }

    /// <summary>Bytes of stored weights that it reads; bytes of float32 weights where it runs the model.</summary>
    public double Bytes { get; init; }

    /// <summary>Floating-point operations of float32 products.</summary>
    public double SingleFlops { get; init; }

    /// <summary>
    /// How many of <see cref="SingleFlops"/> are the batch's forward pass, which one task runs once for all analyses that observe it.
    /// </summary>
    public double PassFlops { get; init; }

    /// <summary>How many of <see cref="FixedSeconds"/> are that pass.</summary>
    public double PassSeconds { get; init; }

    /// <summary>Floating-point operations of float64 products.</summary>
    public double DoubleFlops { get; init; }

    /// <summary>Floating-point operations of float64 decompositions.</summary>
    public double Decompositions { get; init; }

    /// <summary>Core-seconds that depend on none of these: fits, choosing tokens.</summary>
    public double FixedSeconds { get; init; }
}
