using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Tests;

public sealed class CoreThreadsTests
{
    private static readonly int[] Items = [.. Enumerable.Range(0, 100)];

    [Fact]
    public void Results_AreInTheOrderOfTheItems() =>
        Assert.Equal(Items.Select(item => item * item), CoreThreads.Map(Items, item => item % 7, item => item * item, TestContext.Current.CancellationToken));

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

    /// <summary>libtorch's setting on the calling thread stays what it was, and is one on the work's threads.</summary>
    [Fact]
    public void Threads_OfLibtorch_AreOneEach()
    {
        var before = get_num_threads();
        Assert.All(CoreThreads.Map(Items, _ => 1, _ => get_num_threads(), TestContext.Current.CancellationToken), threads => Assert.Equal(1, threads));
        Assert.Equal(before, get_num_threads());
    }
}
