using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Reporting.Series;

/// <summary>What one series is to hold.</summary>
/// <param name="Sweep">The sweep as the store has it.</param>
/// <param name="Analysis">The analysis.</param>
/// <param name="Results">The results that are committed: models in order, steps ascending.</param>
/// <param name="Schedules">How each model was trained; null where the catalog does not say it.</param>
/// <param name="Signature">A hash of all that the series depends on: two series of one signature hold the same.</param>
internal sealed record SeriesPlan(
    SweepSpec Sweep,
    AnalysisId Analysis,
    IReadOnlyList<ResultKey> Results,
    IReadOnlyDictionary<string, TrainingSchedule?> Schedules,
    string Signature);
