namespace PythiaOrleans.Reporting.Plots;

/// <summary>Mean and standard deviation over the seeds of one model.</summary>
/// <param name="Name">The model, without seed.</param>
/// <param name="Model">The index of its first run, whose colour and dashes it has.</param>
/// <param name="Runs">How many runs there are.</param>
/// <param name="Y">The mean at each x; null where it was not measured.</param>
/// <param name="Low">The mean less the standard deviation.</param>
/// <param name="High">The mean and the standard deviation.</param>
internal sealed record ReportSeedBand(
    string Name, int Model, int Runs, IReadOnlyList<double?> Y, IReadOnlyList<double?> Low, IReadOnlyList<double?> High);
