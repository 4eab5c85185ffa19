using PythiaOrleans.Checkpoints.Loading;

namespace PythiaOrleans.Reporting.Comparisons;

/// <summary>One value beside the reference's.</summary>
/// <param name="Analysis">The analysis.</param>
/// <param name="Column">The statistic.</param>
/// <param name="Model">The model.</param>
/// <param name="Component">The component.</param>
/// <param name="Parameter"><c>weight</c> or <c>bias</c>.</param>
/// <param name="Block">The block; null outside blocks.</param>
/// <param name="Step">The training step.</param>
/// <param name="Value">The value; NaN where it is missing.</param>
/// <param name="Reference">The reference's; NaN where it is missing.</param>
/// <param name="RelativeError">The difference over the reference's size; infinite where that is 0 or one of the two is missing.</param>
public sealed record ComparedValue(
    string Analysis,
    string Column,
    string Model,
    string Component,
    string Parameter,
    int? Block,
    int Step,
    double Value,
    double Reference,
    double RelativeError);
