namespace PythiaOrleans.Cluster.Scheduling;

/// <summary>What the dispatcher waits for the owner of a checkpoint to answer about a task.</summary>
internal enum OwnerQuestion
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Into which parts to divide it.</summary>
    FanOut,

    /// <summary>It failed: whether to try it again.</summary>
    Failure,

    /// <summary>Its worker died while computing it: whether to try it again.</summary>
    Death,

    /// <summary>Another sweep's task computed it, or its worker did and left: whether its shard has ended.</summary>
    Covered,
}
