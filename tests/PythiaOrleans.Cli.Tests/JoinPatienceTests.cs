using PythiaOrleans.Cli.Hosting;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Cli.Tests;

public sealed class JoinPatienceTests
{
    private readonly ManualClock _clock = new();

    [Theory]
    [InlineData(0, 0, 7)]
    [InlineData(3, 0, 20)]
    [InlineData(3, 1, 40)]
    public void Cluster_ThatStaysAsItIs_IsTriedAsLongAsItPromises(int listed, int listening, int seconds)
    {
        var patience = new JoinPatience(_clock);

        Assert.True(patience.Endures(new Gateways(listed, listening)));
        Assert.Equal(TimeSpan.FromSeconds(seconds), patience.Limit);
        _clock.Advance(TimeSpan.FromSeconds(seconds - 1));
        Assert.True(patience.Endures(new Gateways(listed, listening)));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(patience.Endures(new Gateways(listed, listening)));
    }

    /// <summary>A silo that listened at first and died then ended the wait at once: the promise of 40 s was forgotten.</summary>
    [Fact]
    public void Cluster_WhoseSilosDieMeanwhile_IsWaitedFor()
    {
        var patience = new JoinPatience(_clock);
        Assert.True(patience.Endures(new Gateways(4, 1)));
        _clock.Advance(TimeSpan.FromSeconds(30));
        Assert.True(patience.Endures(new Gateways(4, 0)));
        Assert.Equal(TimeSpan.FromMinutes(2), patience.Limit);
        _clock.Advance(TimeSpan.FromSeconds(89));
        Assert.True(patience.Endures(new Gateways(0, 0)));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(patience.Endures(new Gateways(0, 0)));
    }

    [Fact]
    public void List_ThatCannotBeRead_CountsAsOneWhoseSilosListen()
    {
        var patience = new JoinPatience(_clock);
        Assert.True(patience.Endures(null));
        Assert.Equal(TimeSpan.FromSeconds(40), patience.Limit);
    }
}
