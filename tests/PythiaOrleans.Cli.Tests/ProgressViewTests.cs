using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Cli.Tests;

public sealed class ProgressViewTests
{
    private readonly ManualClock _clock = new();

    /// <summary>Ten shards of a small model took 10 s; ten of one that costs nine times as much are left: 90 s, not 10 s.</summary>
    [Fact]
    public void TimeLeft_IsThatOfTheWorkLeft()
    {
        var view = new ProgressView(_clock, new Dictionary<string, double> { ["small"] = 0.5, ["large"] = 4.5 });
        view.Line(At(small: 0, large: 0));
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Contains("10 of 20 shards, 1.0/s, about 1.5 min left", view.Line(At(small: 10, large: 0)), StringComparison.Ordinal);
    }

    /// <summary>What was done before this run began says nothing of its speed.</summary>
    [Fact]
    public void TimeLeft_OfARunThatGoesOn_CountsFromItsStart()
    {
        var view = new ProgressView(_clock);
        view.Line(At(small: 10, large: 0));
        _clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Contains("about 20 s left", view.Line(At(small: 10, large: 5)), StringComparison.Ordinal);
    }

    /// <summary>A sweep of a second used to be waited for up to half a second longer.</summary>
    [Fact]
    public void SweepIsAskedSoonerWhileItIsYoung()
    {
        var view = new ProgressView(_clock);
        Assert.Equal(TimeSpan.FromMilliseconds(25), view.Pause());
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.FromMilliseconds(100), view.Pause());
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(TimeSpan.FromMilliseconds(500), view.Pause());
    }

    private static SweepProgress At(int small, int large) => new(
        "s", SweepState.Running, 20, 0, small + large, 2, 0, 0, 0,
        [new ModelProgress("small", 10, small, 0), new ModelProgress("large", 10, large, 0)]);
}
