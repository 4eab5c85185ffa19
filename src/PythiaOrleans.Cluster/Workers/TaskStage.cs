namespace PythiaOrleans.Cluster.Workers;

/// <summary>What a task that a worker holds is doing.</summary>
internal enum TaskStage
{
    /// <summary>It waits for its slot, or for memory of its device: nothing of it can hang.</summary>
    Waiting,

    /// <summary>Its slot waits for its files.</summary>
    Fetching,

    /// <summary>Its slot opens its files and computes.</summary>
    Computing,
}
