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
    public void EveryAnalysis_HasRowsInARehearsal_UnlessItTakesLong()
    {
        var rehearsed = Rehearsal.RunAll(Everything, TestContext.Current.CancellationToken).ToArray();

        Assert.All(rehearsed, one => Assert.True(one.Rows > 0, one.Analysis));
        Assert.Equal(
            Everything.Analyses.Select(analysis => analysis.Name).Except(["weight-tails"]).Order(),
            rehearsed.Select(one => one.Analysis).Order());
    }

    [Fact]
    public void OnlyTheSweepsAnalyses_AreRehearsed()
    {
        var sweep = Everything with { Analyses = [.. Everything.Analyses.Where(analysis => analysis.Name == "weight-moments")] };

        Assert.Equal("weight-moments", Assert.Single(Rehearsal.RunAll(sweep, TestContext.Current.CancellationToken)).Analysis);
    }

    /// <summary>A command that fails at once waits for the analysis that is being rehearsed, and for no other.</summary>
    [Fact]
    public void Rehearsal_ThatIsEnded_TriesNothingMore()
    {
        using var end = new CancellationTokenSource();
        var tried = new List<string>();
        foreach (var (analysis, _) in Rehearsal.RunAll(Everything, end.Token))
        {
            tried.Add(analysis);
            end.Cancel();
        }

        Assert.Single(tried);
        var rehearsal = Rehearsal.Begin(Everything, "cpu");
        rehearsal.Dispose();
        Assert.False(rehearsal.IsRunning);
    }
}
