using PythiaOrleans.Analyses;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Server.Execution;

namespace PythiaOrleans.Server.Tests;

public sealed class RehearsalTests
{
    private static readonly SweepSpec Everything = new()
    {
        Name = "everything",
        Models = ["m"],
        Steps = [0],
        Analyses = [.. AnalysisRegistry.BuiltIn.Create(new AnalysisSettings(0, null)).Select(analysis => analysis.Description.Id)],
        ReferenceStep = 0,
        Source = "hub",
    };

    /// <summary>An analysis that fails on the few random weights would be compiled only when the first checkpoint waits for it.</summary>
    [Fact]
    public void EveryAnalysis_CanBeRehearsed()
    {
        var rehearsed = Rehearsal.RunAll(Everything, TestContext.Current.CancellationToken);

        Assert.Equal(Everything.Analyses.Select(analysis => analysis.Name).Order(), rehearsed.Order());
    }

    [Fact]
    public void OnlyTheSweepsAnalyses_AreRehearsed()
    {
        var sweep = Everything with { Analyses = [.. Everything.Analyses.Where(analysis => analysis.Name == "weight-moments")] };

        Assert.Equal(["weight-moments"], Rehearsal.RunAll(sweep, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void CommandThatEndsAtOnce_WaitsForWhatIsBeingRehearsedOnly()
    {
        var rehearsal = Rehearsal.Begin(Everything);
        using (rehearsal)
        {
            Assert.True(rehearsal.IsRunning);
        }

        Assert.False(rehearsal.IsRunning);
    }
}
