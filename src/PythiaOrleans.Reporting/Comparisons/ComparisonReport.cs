namespace PythiaOrleans.Reporting.Comparisons;

/// <summary>How two sets of series differ.</summary>
/// <param name="Series">What was judged.</param>
/// <param name="Reference">What it was measured against.</param>
/// <param name="Values">Values that were compared.</param>
/// <param name="Different">Those that are not equal.</param>
/// <param name="UnmatchedRows">Rows without a partner in the reference: another model, step or, for distances, another reference
/// step.</param>
/// <param name="Summary">One entry a statistic of a parameter of a model.</param>
/// <param name="Worst">The values of largest relative error, worst first.</param>
public sealed record ComparisonReport(
    string Series,
    string Reference,
    int Values,
    int Different,
    long UnmatchedRows,
    IReadOnlyList<ComparedSeries> Summary,
    IReadOnlyList<ComparedValue> Worst);
