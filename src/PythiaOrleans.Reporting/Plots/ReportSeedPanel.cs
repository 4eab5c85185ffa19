namespace PythiaOrleans.Reporting.Plots;

/// <summary>A statistic of one component along training, over seeds.</summary>
/// <param name="Title">The component.</param>
/// <param name="Axis">What y is.</param>
/// <param name="X">The steps of all bands, ascending.</param>
/// <param name="Bands">One for each model; of a model that was trained once a line without width.</param>
/// <param name="Correlation">
/// The share of the variance at the last common step that is between models and not between seeds; null where it says nothing.
/// </param>
internal sealed record ReportSeedPanel(
    string Title, string Axis, IReadOnlyList<double> X, IReadOnlyList<ReportSeedBand> Bands, double? Correlation);
