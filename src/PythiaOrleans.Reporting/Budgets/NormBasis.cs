namespace PythiaOrleans.Reporting.Budgets;

/// <summary>
/// The solution of y' = −2 λ η y + a η² + b η for y = ‖W‖² is Left · y₀ + Injected · a + Aligned · b. One value for each checkpoint.
/// </summary>
/// <param name="Left">e^(−c) with c = 2 λ Σ η: what decay leaves of the squared norm.</param>
/// <param name="Injected">e^(−c) ∫ η² e^c: updates that are orthogonal to the weights.</param>
/// <param name="Aligned">e^(−c) ∫ η e^c: updates along the weights.</param>
internal sealed record NormBasis(double[] Left, double[] Injected, double[] Aligned)
{
    /// <summary>The first checkpoints only.</summary>
    public NormBasis First(int count) => new(Left[..count], Injected[..count], Aligned[..count]);
}
