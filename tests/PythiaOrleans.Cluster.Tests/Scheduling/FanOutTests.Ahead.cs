using PythiaOrleans.Cluster.Scheduling;

namespace PythiaOrleans.Cluster.Tests;

/// <content>What is fetched ahead of a free slot, and what is kept for the slots of others.</content>
public sealed partial class FanOutTests
{
    [Fact]
    public void Tasks_FetchedAhead_AreLeftToSlotsThatWait()
    {
        _dispatcher = new Dispatcher(new DispatcherOptions());
        Wait("a", "b");
        Enqueue(Shard, Step(2), Step(3));

        Assert.Equal(2, Lease("a", 3).Count); // one for its slot, one ahead; the third is for the slot of b
        Assert.Single(Lease("b", 3));
    }

    /// <summary>Each worker has one slot: the first task is for it, more are fetched ahead where other slots are not idle.</summary>
    [Theory]
    [InlineData(0, 1, 2)] // the others compute
    [InlineData(1, 1, 1)]
    [InlineData(2, 1, 1)]
    [InlineData(2, 2, 1)]
    [InlineData(1, 2, 2)]
    [InlineData(0, 2, 3)]
    public void Tasks_AreFetchedAhead_WhereMoreAreReadyThanSlotsAreIdle(int idle, int ready, int leased)
    {
        _dispatcher = new Dispatcher(new DispatcherOptions());
        string[] others = ["b", "c", "d"];
        Wait(["a", .. others]);
        foreach (var (worker, step) in others[idle..].Zip(Enumerable.Range(2, 3)))
        {
            Enqueue(Step(step));
            Assert.Single(Lease(worker, 1));
        }

        Enqueue([.. Enumerable.Range(6, ready + 1).Select(Step)]);

        Assert.Equal(leased, Lease("a", 9).Count);
    }

    [Fact]
    public void Worker_ThatWaitsForNews_IsWokenByTheDeathOfOneForWhichTasksWereKept()
    {
        _dispatcher = New(new DispatcherOptions { MostParts = 1 });
        Wait("a", "b");
        Enqueue(Shard, Step(2));
        Assert.Single(Lease("a", 3));
        Assert.Empty(Lease("a", 2));
        var before = _dispatcher.Arrivals;

        _dispatcher.WorkerDied("b", _now);

        Assert.NotEqual(before, _dispatcher.Arrivals);
        Assert.Equal(Step(2), Assert.Single(Lease("a", 3)).Task);
    }

    [Fact]
    public void Slot_ThatBecomesFree_IsWokenForWhatWasKeptForOthers()
    {
        _dispatcher = New(new DispatcherOptions { MostParts = 1 });
        Wait("a", "b");
        Enqueue(Shard, Step(2));
        var running = Assert.Single(Lease("a", 3));
        Assert.Empty(Lease("a", 2));
        var before = _dispatcher.Arrivals;

        Succeed("a", running);

        Assert.NotEqual(before, _dispatcher.Arrivals); // b never came; a asks again and gets it
        Assert.Equal(Step(2), Assert.Single(Lease("a", 3)).Task);
    }
}
