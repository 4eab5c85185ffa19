namespace PythiaOrleans.Reporting.Findings;

/// <summary>A line of a panel.</summary>
/// <param name="Model">The model.</param>
/// <param name="Block">The block; null for a median over blocks, for a component outside blocks, and where x is the block.</param>
/// <param name="X">Ascending.</param>
/// <param name="Y">One value for each x, finite.</param>
public sealed record PictureLine(string Model, int? Block, IReadOnlyList<double> X, IReadOnlyList<double> Y);
