namespace PythiaOrleans.Reporting.Plots;

/// <summary>What several trainings of one model have in common, and what not.</summary>
/// <param name="Groups">The models that were trained more than once.</param>
/// <param name="Bands">Norms along training, a panel for each component, mean and band of every model.</param>
/// <param name="Agreements">How many seeds agree with each claim.</param>
internal sealed record ReportSeeds(
    IReadOnlyList<ReportSeedGroup> Groups, IReadOnlyList<ReportSeedPanel> Bands, IReadOnlyList<ReportAgreement> Agreements);
