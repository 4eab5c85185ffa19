using PythiaOrleans.Analyses;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Server.Planning;

/// <summary>A sweep that another version of this program planned, and whose analyses give other numbers now.</summary>
public static class SweepUpgrade
{
    /// <summary>The same models and steps, measured by this program's versions of the analyses.</summary>
    /// <exception cref="ArgumentException">An analysis of the sweep is unknown here under every version.</exception>
    public static SweepSpec Apply(SweepSpec sweep, AnalysisRegistry analyses)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        ArgumentNullException.ThrowIfNull(analyses);
        var known = Known(sweep, analyses).ToDictionary(id => id.Name, StringComparer.Ordinal);
        string[] unknown = [.. sweep.Analyses.Select(id => id.Name).Where(name => !known.ContainsKey(name))];
        return unknown.Length == 0
            ? sweep with { Analyses = [.. sweep.Analyses.Select(id => known[id.Name])] }
            : throw new ArgumentException(
                $"Sweep '{sweep.Name}' measures {string.Join(", ", unknown)}, which this program does not have: expected one of "
                    + $"{string.Join(", ", known.Keys)}. An analysis of your own comes with --plugin.");
    }

    /// <summary>Refuses a sweep that lacks results which this program cannot compute: tried, they would wait for another silo.</summary>
    /// <exception cref="ArgumentException">Such results are missing; the message says which and what to do.</exception>
    public static async Task CheckAsync(
        SweepSpec sweep, AnalysisRegistry analyses, SweepLedger ledger, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        ArgumentNullException.ThrowIfNull(analyses);
        ArgumentNullException.ThrowIfNull(ledger);
        var older = sweep.Analyses.Except(Known(sweep, analyses)).ToHashSet();
        if (older.Count == 0)
        {
            return;
        }

        var standing = await ledger.ReadFreshAsync(sweep, cancellationToken).ConfigureAwait(false);
        var missing = sweep.Checkpoints().SelectMany(standing.Missing).Where(older.Contains).Distinct().ToArray();
        if (missing.Length > 0)
        {
            throw new ArgumentException(
                $"Sweep '{sweep.Name}' lacks results of {string.Join(", ", missing)}, which another version of this program (or a plugin) "
                    + "measures. "
                    + "Resume it with that version, or measure the whole sweep as this version does: "
                    + $"`pythia resume {sweep.Name} --upgrade`. What is stored stays.");
        }
    }

    private static IEnumerable<AnalysisId> Known(SweepSpec sweep, AnalysisRegistry analyses) =>
        analyses.Create(AnalysisSettings.FromSweep(sweep)).Select(analysis => analysis.Description.Id);
}
