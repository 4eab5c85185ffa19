using System.Reflection;
using PythiaOrleans.Analyses;
using PythiaOrleans.Cluster.Workers;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Server.Execution;

namespace PythiaOrleans.Server.Tests;

/// <summary>The borders of the house, as docs/architecture.md draws them.</summary>
public sealed class BorderTests
{
    private static readonly Assembly Checkpoints = typeof(CheckpointId).Assembly;
    private static readonly Assembly Results = typeof(ResultTable).Assembly;
    private static readonly Assembly Analyses = typeof(IAnalysis).Assembly;
    private static readonly Assembly Cluster = typeof(IShardRunner).Assembly;

    [Fact]
    public void Checkpoints_KnowNothingOfOurs() => Assert.Empty(Ours(Checkpoints));

    [Fact]
    public void Results_KnowOnlyCheckpoints() => Assert.Equal(["PythiaOrleans.Checkpoints"], Ours(Results));

    [Fact]
    public void Analyses_KnowCheckpointsAndResults_AndNoOrleans()
    {
        Assert.Equal(["PythiaOrleans.Checkpoints", "PythiaOrleans.Results"], Ours(Analyses));
        Assert.DoesNotContain(References(Analyses), name => name.StartsWith("Orleans", StringComparison.Ordinal));
    }

    [Fact]
    public void Cluster_KnowsNoTensors()
    {
        Assert.Equal(["PythiaOrleans.Checkpoints", "PythiaOrleans.Results"], Ours(Cluster));
        Assert.DoesNotContain("TorchSharp", References(Cluster));
    }

    [Fact]
    public void TorchSharp_IsReferencedByAnalysesOnly() =>
        Assert.All([Checkpoints, Results, Cluster, typeof(ShardRunner).Assembly], assembly => Assert.DoesNotContain("TorchSharp", References(assembly)));

    private static string[] Ours(Assembly assembly) =>
        [.. References(assembly).Where(name => name.StartsWith("PythiaOrleans", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private static string[] References(Assembly assembly) => [.. assembly.GetReferencedAssemblies().Select(name => name.Name!)];
}
