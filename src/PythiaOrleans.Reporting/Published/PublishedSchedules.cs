using PythiaOrleans.Checkpoints.Catalog;

namespace PythiaOrleans.Reporting.Published;

/// <summary>How the five models of the published series were trained: Pythia v0, whose steps are not all optimizer steps.</summary>
/// <remarks>
/// v0 of 160m, 410m and 1.4b used batches of 4 million tokens: 71,500 optimizer steps, and checkpoint names of twice the step. Peak
/// learning rates, 1 % of warm-up, cosine to a floor of 10 %, weight decay 0.1: the configurations in the Pythia repository
/// (models/*/v0).
/// </remarks>
internal static class PublishedSchedules
{
    private const int LastStep = 143_000;

    private static readonly Dictionary<string, TrainingSchedule> Schedules = new(StringComparer.Ordinal)
    {
        ["pythia-70m"] = Of(1e-3, LastStep, LastStep),
        ["pythia-160m"] = Of(6e-4, 71_500, 71_250),
        ["pythia-410m"] = Of(3e-4, 71_500, 71_250),
        ["pythia-1b"] = Of(2.5e-4, LastStep, LastStep),
        ["pythia-1.4b"] = Of(2e-4, 71_500, 71_250),
    };

    /// <summary>What weight decay alone leaves of an initial weight at a published step; NaN of an unknown model.</summary>
    public static double DecayFactor(string model, int step) => Schedules.TryGetValue(model, out var schedule)
        ? schedule.DecayFactor((int)Math.Round((double)step / LastStep * schedule.TotalSteps))
        : double.NaN;

    private static TrainingSchedule Of(double peak, int steps, int decaySteps) => new(
        peak, 0.01 * decaySteps, decaySteps, steps, FloorRatio: 0.1, WeightDecay: 0.1, TokensPerStep: (long)LastStep / steps * 2_097_152);
}
