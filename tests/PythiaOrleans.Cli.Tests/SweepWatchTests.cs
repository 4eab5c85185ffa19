using PythiaOrleans.Cli.Hosting;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Cli.Tests;

public sealed class SweepWatchTests
{
    private readonly ManualClock _clock = new();

    [Theory]
    [InlineData(SweepState.Completed, true)]
    [InlineData(SweepState.CompletedWithFailures, true)]
    [InlineData(SweepState.Cancelled, true)]
    [InlineData(SweepState.Planning, false)]
    [InlineData(SweepState.Running, false)]
    [InlineData(SweepState.Paused, false)]
    [InlineData(SweepState.Finishing, false)]
    public void Sweep_ThatHasEnded_IsOver_AndNoOtherHoweverLongItTakes(SweepState state, bool isOver)
    {
        var watch = new SweepWatch(_clock);
        Assert.Equal(isOver, watch.IsOver(In(state)));
        _clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(isOver, watch.IsOver(In(state)));
    }

    /// <summary>
    /// A coordinator that has just woken is idle until a worker tells it of a task; one that stays idle has been forgotten.
    /// </summary>
    [Fact]
    public void Sweep_ThatNobodyRuns_IsOverAfterAWhile()
    {
        var watch = new SweepWatch(_clock);
        Assert.False(watch.IsOver(In(SweepState.Idle)));
        _clock.Advance(TimeSpan.FromSeconds(29));
        Assert.False(watch.IsOver(In(SweepState.Idle)));
        Assert.False(watch.IsOver(In(SweepState.Running))); // somebody does
        Assert.False(watch.IsOver(In(SweepState.Idle)));
        _clock.Advance(TimeSpan.FromSeconds(29));
        Assert.False(watch.IsOver(In(SweepState.Idle)));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(watch.IsOver(In(SweepState.Idle)));
    }

    private static SweepProgress In(SweepState state) => new("s", state, 10, 0, 3, 0, 0, 0, 0, []);
}
