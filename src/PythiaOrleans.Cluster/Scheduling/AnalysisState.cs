using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Scheduling;

/// <summary>How often one analysis of a shard has failed, and why it was given up.</summary>
internal sealed class AnalysisState
{
    /// <summary>By its own fault.</summary>
    public int Attempts { get; set; }

    /// <summary>Because store or source were unavailable.</summary>
    public int Delays { get; set; }

    /// <summary>When store or source were unavailable for the first time; null where they never were.</summary>
    public DateTimeOffset? DelayedSince { get; set; }

    /// <summary>How often the worker died while computing it.</summary>
    public int Deaths { get; set; }

    /// <summary>How often it was reported as committed and the store did not hold it.</summary>
    public int Losses { get; set; }

    /// <summary>Why it was given up; null while it is still tried.</summary>
    public ShardFailure? Failure { get; set; }
}
