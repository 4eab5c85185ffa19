namespace PythiaOrleans.Cluster.Contracts;

/// <summary>What a sweep is doing.</summary>
[GenerateSerializer, Alias("pythia.sweep-state")]
public enum SweepState
{
    /// <summary>It was not started in this cluster; the counts come from the store.</summary>
    Idle,

    /// <summary>The coordinator looks for what is missing; tasks run already.</summary>
    Planning,

    /// <summary>Tasks run or wait.</summary>
    Running,

    /// <summary>No tasks are handed out until it is resumed.</summary>
    Paused,

    /// <summary>Every task has ended; the series are being written.</summary>
    Finishing,

    /// <summary>Every shard is there.</summary>
    Completed,

    /// <summary>Every shard is there or quarantined.</summary>
    CompletedWithFailures,

    /// <summary>A user cancelled it.</summary>
    Cancelled,
}

/// <summary>
/// Where a sweep stands. Done never goes down while the sweep runs; a problem is one that no shard is to blame for (a series that could
/// not be written). Delayed says which shards wait for store or source, since when and why; it is null while none does.
/// </summary>
[GenerateSerializer, Immutable, Alias("pythia.sweep-progress")]
public sealed record SweepProgress(
    [property: Id(0)] string Sweep,
    [property: Id(1)] SweepState State,
    [property: Id(2)] int Total,
    [property: Id(3)] int AlreadyDone,
    [property: Id(4)] int Done,
    [property: Id(5)] int Running,
    [property: Id(6)] int Quarantined,
    [property: Id(7)] int Cancelled,
    [property: Id(8)] long BytesRead,
    [property: Id(9)] IReadOnlyList<ModelProgress> Models,
    [property: Id(10)] string? Problem = null,
    [property: Id(11)] string? Delayed = null)
{
    /// <summary>Whether there is nothing more to wait for.</summary>
    public bool HasEnded => State is SweepState.Completed or SweepState.CompletedWithFailures or SweepState.Cancelled;
}

/// <summary>The shards of one model, a letter each: 858 of them are a line of text, not a message of 858 parts.</summary>
/// <param name="Model">The model.</param>
/// <param name="States">One of the letters below for each of the sweep's steps, ascending.</param>
[GenerateSerializer, Immutable, Alias("pythia.model-map")]
public sealed record ModelMap([property: Id(0)] string Model, [property: Id(1)] string States)
{
    /// <summary>Still to be done.</summary>
    public const char Open = 'o';

    /// <summary>Every result exists.</summary>
    public const char Done = 'd';

    /// <summary>Failed for good.</summary>
    public const char Quarantined = 'q';

    /// <summary>Its sweep was cancelled.</summary>
    public const char Cancelled = 'c';
}

/// <summary>Where one model of a sweep stands.</summary>
[GenerateSerializer, Immutable, Alias("pythia.model-progress")]
public sealed record ModelProgress(
    [property: Id(0)] string Model, [property: Id(1)] int Total, [property: Id(2)] int Done, [property: Id(3)] int Quarantined);
