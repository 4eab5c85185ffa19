namespace PythiaOrleans.Cluster.Scheduling;

/// <summary>What the dispatcher is to do with a sweep's tasks.</summary>
internal enum QueueOrder
{
    /// <summary>Hand them out.</summary>
    Run,

    /// <summary>Keep them.</summary>
    Pause,

    /// <summary>Drop them.</summary>
    Cancel,
}
