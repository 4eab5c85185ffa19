namespace PythiaOrleans.Cluster.Scheduling;

/// <summary>
/// The order of tasks that are ready: higher priority first, then larger cost, then first come. Smaller comes first, so priority and
/// cost are negative.
/// </summary>
internal readonly record struct ReadyRank(int Priority, long Cost, long Order) : IComparable<ReadyRank>
{
    public int CompareTo(ReadyRank other) => (Priority, Cost, Order).CompareTo((other.Priority, other.Cost, other.Order));
}
