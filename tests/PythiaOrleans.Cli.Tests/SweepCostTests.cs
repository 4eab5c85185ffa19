using PythiaOrleans.Analyses;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Cli.Hosting;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cli.Tests;

/// <summary>What the time left is weighted by.</summary>
public sealed class SweepCostTests
{
    /// <summary>Before, an analysis of a plugin cost nothing, and the time left was that of the product's analyses alone.</summary>
    [Fact]
    public void Costs_CountAnalysesOfPlugins()
    {
        var known = new AnalysisRegistry(typeof(SlowAnalysis).Assembly);
        AnalysisId[] ids = [.. known.Create(new AnalysisSettings(0, null)).Select(analysis => analysis.Description.Id)];
        var without = Costs(known, ids.Where(id => id.Name != "slow"));
        var with = Costs(known, ids);
        Assert.Equal(["pythia-14m", "pythia-70m"], with.Keys.Order());
        Assert.All(with, model => Assert.Equal(60, model.Value - without[model.Key], 1e-6));
        Assert.True(without["pythia-70m"] > without["pythia-14m"]);
    }

    private static IReadOnlyDictionary<string, double> Costs(AnalysisRegistry known, IEnumerable<AnalysisId> analyses) => SweepRun.Costs(
        new SweepSpec
        {
            Name = "mine",
            Models = ["pythia-14m", "pythia-70m", "unknown"],
            Steps = [0, 1000],
            Analyses = [.. analyses],
            ReferenceStep = 0,
            Source = "hub",
        },
        ModelCatalog.Default,
        known);
}
