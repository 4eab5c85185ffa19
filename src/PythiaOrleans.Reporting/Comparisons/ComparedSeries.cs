using PythiaOrleans.Checkpoints.Loading;

namespace PythiaOrleans.Reporting.Comparisons;

/// <summary>The relative errors of one statistic, over all blocks and steps.</summary>
/// <param name="Analysis">The analysis.</param>
/// <param name="Column">The statistic.</param>
/// <param name="Model">The model.</param>
/// <param name="Component">The component.</param>
/// <param name="Parameter"><c>weight</c> or <c>bias</c>.</param>
/// <param name="Count">Values that were compared.</param>
/// <param name="MedianRelativeError">The median of their relative errors.</param>
/// <param name="MaxRelativeError">The largest.</param>
/// <param name="Note">What is known to be wrong with these rows of the reference; empty where nothing is.</param>
public sealed record ComparedSeries(
    string Analysis,
    string Column,
    string Model,
    string Component,
    string Parameter,
    int Count,
    double MedianRelativeError,
    double MaxRelativeError,
    string Note);
