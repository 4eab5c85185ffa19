namespace PythiaOrleans.Bench.Scale;

/// <summary>What a simulated cluster is made of; docs/scale.md says where each number comes from.</summary>
internal sealed record Assumptions
{
    /// <summary>GPUs of a node, one slot each; a node is one worker.</summary>
    public int GpusOfANode { get; init; } = 8;

    /// <summary>How much faster a slot is than the core that the cost model knows.</summary>
    public double Speed { get; init; } = 20;

    /// <summary>The deviation of the logarithm of a task's time around its estimate.</summary>
    public double Spread { get; init; } = 0.2;

    /// <summary>Seconds that the dispatcher takes for one message.</summary>
    public double SecondsOfAMessage { get; init; } = 1 / 8600.0;

    /// <summary>Bytes a second that the source serves to all nodes together.</summary>
    public double SourceBytesPerSecond { get; init; } = 12.5e9;

    /// <summary>Bytes a second that one node fetches at most.</summary>
    public double NodeBytesPerSecond { get; init; } = 1.25e9;

    /// <summary>GPU hours between two failures that take a node away.</summary>
    public double GpuHoursOfAFailure { get; init; } = 50_700;

    /// <summary>The share of tasks that fail once and are tried again.</summary>
    public double FailingShare { get; init; } = 0.002;

    /// <summary>Seconds until a death is noticed.</summary>
    public double SecondsToNotice { get; init; } = 15;

    /// <summary>Seconds until a node that died is back.</summary>
    public double SecondsToReturn { get; init; } = 600;

    /// <summary>Tasks a slot that are fetched while it computes, as the worker's own option.</summary>
    public int Prefetch { get; init; } = 2;
}
