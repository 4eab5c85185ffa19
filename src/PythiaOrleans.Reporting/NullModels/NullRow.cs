namespace PythiaOrleans.Reporting.NullModels;

/// <summary>A row of a null model's table.</summary>
/// <param name="Model">The model.</param>
/// <param name="Step">The training step.</param>
/// <param name="Block">The block; null outside blocks.</param>
/// <param name="Component">The component.</param>
/// <param name="Parameter">Weight, bias, all or inner.</param>
/// <param name="Values">One for each column.</param>
internal sealed record NullRow(string Model, int Step, int? Block, string Component, string Parameter, double[] Values);
