using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Core.Sweeps;

/// <summary>Where one model of a sweep stands.</summary>
public sealed class ModelStanding
{
    private readonly SweepSpec _sweep;

    internal ModelStanding(SweepSpec sweep, ModelListing listing)
    {
        _sweep = sweep;
        Listing = listing;
        Done = sweep.Steps.Count(IsDone);
    }

    /// <summary>The model.</summary>
    public string Model => Listing.Model;

    /// <summary>Every result of the model that exists, those of other sweeps included.</summary>
    public ModelListing Listing { get; }

    /// <summary>Shards that the sweep asks for.</summary>
    public int Total => _sweep.Steps.Count;

    /// <summary>Shards whose every result exists.</summary>
    public int Done { get; }

    /// <summary>Whether every result of a step exists.</summary>
    public bool IsDone(int step)
    {
        foreach (var analysis in _sweep.Analyses)
        {
            if (!Listing.Contains(analysis, step))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The analyses of a step that have no result, in the sweep's order.</summary>
    public AnalysisId[] Missing(int step) => [.. _sweep.Analyses.Where(analysis => !Listing.Contains(analysis, step))];
}
