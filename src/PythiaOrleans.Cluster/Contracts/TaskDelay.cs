namespace PythiaOrleans.Cluster.Contracts;

/// <summary>A shard that waits because store or source are unavailable. It is tried again, and nothing is counted against it.</summary>
/// <param name="Task">The shard.</param>
/// <param name="Since">When they were found unavailable for the first time.</param>
/// <param name="Delays">How often it was tried in vain.</param>
/// <param name="Message">The last error, for people.</param>
[GenerateSerializer, Immutable, Alias("pythia.task-delay")]
public sealed record TaskDelay(
    [property: Id(0)] TaskId Task, [property: Id(1)] DateTimeOffset Since, [property: Id(2)] int Delays, [property: Id(3)] string Message);
