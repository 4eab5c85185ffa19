namespace PythiaOrleans.Bench.Scale;

/// <summary>What a simulated sweep took.</summary>
/// <param name="Seconds">From the first lease to the last result.</param>
/// <param name="Bound">No schedule is faster: work over GPUs, the longest piece, the bytes over the source.</param>
/// <param name="Tasks">Tasks that ended, parts of divided shards counted apart.</param>
/// <param name="Deaths">Nodes that died.</param>
/// <param name="DispatcherBusy">The share of the time in which the dispatcher worked on messages.</param>
internal sealed record ScaleResult(double Seconds, double Bound, int Tasks, int Deaths, double DispatcherBusy);
