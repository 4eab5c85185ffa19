using PythiaOrleans.Cluster.Workers;

namespace PythiaOrleans.Cluster.Tests;

public sealed class DeviceBudgetTests
{
    private const long Budget = 100;

    private readonly DeviceBudget _budget = new(Budget);

    [Fact]
    public void Tasks_ThatFitTogether_RunTogether()
    {
        var (first, second) = (Take(60), Take(40));
        Assert.True(first.IsCompletedSuccessfully && second.IsCompletedSuccessfully);
        Assert.Equal(100, _budget.Taken);
    }

    [Fact]
    public async Task Task_ThatDoesNotFit_WaitsUntilMemoryIsReturned()
    {
        var first = await Take(60);
        var second = Take(41);
        Assert.False(second.IsCompleted);

        first.Dispose();
        (await second).Dispose();
        Assert.Equal(0, _budget.Taken);
    }

    [Fact]
    public async Task Task_LargerThanEverything_RunsAlone()
    {
        var first = await Take(1);
        var huge = Take(Budget + 1);
        var third = Take(1);
        Assert.False(huge.IsCompleted);

        first.Dispose();
        var alone = await huge;
        Assert.False(third.IsCompleted);

        alone.Dispose();
        await third;
    }

    /// <summary>Small tasks that would fit must not overtake a large one for ever.</summary>
    [Fact]
    public async Task SmallTasks_DoNotStarveALargeOne()
    {
        var small = await Take(30);
        var large = Take(90);
        var others = Enumerable.Range(0, 5).Select(_ => Take(10)).ToArray();
        Assert.DoesNotContain(others, other => other.IsCompleted);

        small.Dispose();
        var running = await large;
        await others[0]; // 90 and 10
        Assert.False(others[1].IsCompleted);

        running.Dispose();
        await Task.WhenAll(others);
    }

    [Fact]
    public async Task Task_ThatWantsNothing_NeverWaits()
    {
        using var all = await Take(Budget);
        _ = Take(Budget);
        Assert.True(Take(0).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Wait_ThatIsCancelled_EndsAndHoldsUpNobody()
    {
        using var leaving = new CancellationTokenSource();
        using var first = await Take(50);
        var large = _budget.TakeAsync(90, leaving.Token);
        var small = Take(50);
        Assert.False(small.IsCompleted);

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large);
        await small;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _budget.TakeAsync(0, leaving.Token));
    }

    [Fact]
    public async Task Memory_IsReturnedOnce()
    {
        var first = await Take(50);
        using var second = await Take(50);
        first.Dispose();
        first.Dispose();
        Assert.Equal(50, _budget.Taken);
    }

    /// <summary>Real threads, a random order of wants: never more than there is, unless alone, and everybody gets a turn.</summary>
    [Fact]
    public async Task ManyTasks_NeverTakeMoreThanThereIs_AndAllRun()
    {
        var (running, taken, ran) = (0, 0L, 0);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            var random = new Random(worker);
            for (var i = 0; i < 200; i++)
            {
                var wanted = random.Next(1, 130);
                using var memory = await Take(wanted);
                var together = Interlocked.Add(ref taken, wanted);
                var tasks = Interlocked.Increment(ref running);
                Assert.True(together <= Budget || tasks == 1, $"{tasks} tasks took {together}");
                Interlocked.Increment(ref ran);
                await Task.Yield();
                Interlocked.Decrement(ref running);
                Interlocked.Add(ref taken, -wanted);
            }
        })));
        Assert.Equal((1600, 0), (ran, _budget.Taken));
    }

    [Fact]
    public void Slots_ShareDevicesInTurn()
    {
        var devices = new WorkerDevices([new WorkerDevice("cuda:0", _budget), new WorkerDevice("cuda:1", new DeviceBudget(1))]);
        Assert.Equal(["cuda:0", "cuda:1", "cuda:0"], Enumerable.Range(0, 3).Select(slot => devices.Of(slot).Name));
        Assert.Same(devices.Of(0).Memory, devices.Of(2).Memory);
    }

    private Task<IDisposable> Take(long bytes) => _budget.TakeAsync(bytes, TestContext.Current.CancellationToken);
}
