namespace PythiaOrleans.Core.Sweeps;

/// <summary>What became of a commit.</summary>
public enum CommitOutcome
{
    /// <summary>This call created the result.</summary>
    Committed,

    /// <summary>The result was there already, with the same bytes.</summary>
    AlreadyThere,

    /// <summary>The result was there already with other bytes: a determinism violation. The first one stays.</summary>
    Differs,
}
