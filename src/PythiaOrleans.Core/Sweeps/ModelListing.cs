using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Core.Sweeps;

/// <summary>Which results of one model exist, as one listing of the store showed them.</summary>
public sealed class ModelListing
{
    private readonly Dictionary<AnalysisId, int[]> _steps;

    private ModelListing(string model, Dictionary<AnalysisId, int[]> steps)
    {
        Model = model;
        _steps = steps;
    }

    /// <summary>The model.</summary>
    public string Model { get; }

    /// <summary>Every analysis that has a result, whichever sweep asked for it, by name and fingerprint.</summary>
    public IEnumerable<AnalysisId> Analyses =>
        _steps.Keys.OrderBy(
            analysis => analysis.Name, StringComparer.Ordinal).ThenBy(analysis => analysis.Fingerprint, StringComparer.Ordinal);

    /// <summary>The steps at which an analysis has a result, ascending.</summary>
    public ReadOnlySpan<int> StepsOf(AnalysisId analysis) => _steps.GetValueOrDefault(analysis);

    /// <summary>Whether a result of this model exists.</summary>
    public bool Contains(AnalysisId analysis, int step) =>
        _steps.TryGetValue(analysis, out var steps) && Array.BinarySearch(steps, step) >= 0;

    internal static async Task<ModelListing> ReadAsync(ResultStore store, string model)
    {
        var found = new Dictionary<AnalysisId, List<int>>();
        await foreach (var key in store.ListKeysAsync(model, CancellationToken.None).ConfigureAwait(false))
        {
            if (!found.TryGetValue(key.Analysis, out var steps))
            {
                found[key.Analysis] = steps = [];
            }

            steps.Add(key.Checkpoint.Step);
        }

        return new ModelListing(model, found.ToDictionary(analysis => analysis.Key, analysis => Sorted(analysis.Value)));
    }

    private static int[] Sorted(List<int> steps)
    {
        steps.Sort();
        return [.. steps];
    }
}
