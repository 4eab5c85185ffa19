using PythiaOrleans.Analyses.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Tests;

public sealed class CoreThreadsTests
{
    private static readonly int[] Items = [.. Enumerable.Range(0, 100)];

    [Fact]
    public void Results_AreInTheOrderOfTheItems() =>
        Assert.Equal(Items.Select(item => item * item),
            CoreThreads.Map(Items, item => item % 7, item => item * item, TestContext.Current.CancellationToken));

    [Fact]
    public void ResultsOnTheHost_AreInTheOrderOfTheItems() =>
        Assert.Equal(Items.Select(item => item * item),
            CoreThreads.MapOnHost(Items, item => item % 7, item => item * item, TestContext.Current.CancellationToken));

    [Fact]
    public void Failure_OfOneItem_IsThrown()
    {
        var error = Assert.Throws<InvalidDataException>(() => CoreThreads.Map(
            Items, _ => 1, item => item == 50 ? throw new InvalidDataException("fifty") : item, TestContext.Current.CancellationToken));
        Assert.Equal("fifty", error.Message);
    }

    [Fact]
    public void Cancellation_StopsTheWork()
    {
        using var source = new CancellationTokenSource();
        var done = 0;
        Assert.Throws<OperationCanceledException>(() => CoreThreads.Map(
            Items,
            _ => 1,
            item =>
            {
                source.Cancel();
                return Interlocked.Increment(ref done);
            },
            source.Token));
        Assert.InRange(done, 1, Environment.ProcessorCount);
    }

    /// <summary>Whoever asks for cores, no more items are worked on than there are; and who wants all of them has them alone.</summary>
    [Fact]
    public async Task Cores_AreSharedByAllWhoAsk()
    {
        var (running, most, alone) = (0, 0, true);
        int Work()
        {
            var now = Interlocked.Increment(ref running);
            lock (Items)
            {
                most = Math.Max(most, now);
            }

            Thread.SpinWait(20_000);
            return Interlocked.Decrement(ref running);
        }

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
            () => CoreThreads.Map(Items, _ => 1, _ => Work(), TestContext.Current.CancellationToken),
            TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)).Concat(Enumerable.Range(0,
            2).Select(_ => Task.Factory.StartNew(
            () => CoreThreads.All<int[]>(
                () =>
                {
                    alone &= Interlocked.Increment(ref running) == 1;
                    Thread.SpinWait(20_000);
                    return [Interlocked.Decrement(ref running)];
                },
                TestContext.Current.CancellationToken),
            TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default))));

        Assert.InRange(most, 1, Environment.ProcessorCount);
        Assert.True(alone);
    }

    [Fact]
    public void Cores_ComeBackFromWhatFails()
    {
        for (var i = 0; i <= Environment.ProcessorCount; i++)
        {
            Assert.Throws<InvalidDataException>(() =>
                CoreThreads.All<int>(() => throw new InvalidDataException("all"), TestContext.Current.CancellationToken));
            Assert.Throws<InvalidDataException>(() =>
                CoreThreads.One<int>(() => throw new InvalidDataException("one"), TestContext.Current.CancellationToken));
        }
    }

    /// <summary>libtorch's setting on the calling thread stays what it was, and is one on the work's threads.</summary>
    [Fact]
    public void Threads_OfLibtorch_AreOneEach()
    {
        var before = get_num_threads();
        Assert.All(CoreThreads.Map(Items, _ => 1, _ => get_num_threads(), TestContext.Current.CancellationToken),
            threads => Assert.Equal(1, threads));
        Assert.Equal(before, get_num_threads());
    }

    /// <summary>Each thread that feeds a GPU holds matrices there: their number is a limit. So is that of the cores.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Threads_AreAsManyAsWanted(int wanted)
    {
        var most = Math.Min(wanted, Environment.ProcessorCount);
        using var all = new Barrier(most);
        var threads = CoreThreads.Map(
            Items[..(8 * most)],
            _ => 1,
            _ =>
            {
                // one thread cannot take all
                Assert.True(all.SignalAndWait(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
                return Environment.CurrentManagedThreadId;
            },
            wanted,
            TestContext.Current.CancellationToken);
        Assert.InRange(threads.Distinct().Count(), most, wanted);
    }

    [Fact]
    public void Task_HasAThreadACore_OrThoseThatFeedAGpu()
    {
        Assert.Equal(Environment.ProcessorCount, ComputeDevice.Cpu.Threads);
        Assert.Equal(CoreThreads.MaxForGpu, ComputeDevice.Gpu(1).Threads);
    }
}
