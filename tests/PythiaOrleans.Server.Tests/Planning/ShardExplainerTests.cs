using PythiaOrleans.Analyses;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Server.Planning;

namespace PythiaOrleans.Server.Tests;

public sealed class ShardExplainerTests
{
    private static readonly CheckpointId Checkpoint = new("pythia-14m", 1000);
    private static readonly AnalysisId[] Analyses = [.. new[] { "first", "second", "third" }.Select(
        name => new AnalysisId(name, "0123456789abcdef"))];

    [Fact]
    public async Task Why_OfADividedShard_TellsOfEachAnalysisWhereItsPartIs()
    {
        var folder = Directory.CreateTempSubdirectory("pythia-why-");
        try
        {
            var running = new TaskLocation(
                "here",
                true,
                0,
                0,
                0,
                0,
                [Analyses[0]],
                [new TaskLocation(null, false, 0, 0, 1, 4, [Analyses[1]])]);
            var explainer = new ShardExplainer(
                new ResultStore(new FolderBlobStore(folder.FullName)),
                _ => Task.FromResult<TaskLocation?>(running),
                AnalysisRegistry.BuiltIn);
            var spec = new SweepSpec
            {
                Name = "divided",
                Models = [Checkpoint.Model],
                Steps = [Checkpoint.Step],
                Analyses = Analyses,
                ReferenceStep = Checkpoint.Step,
                Source = "hub",
            };

            var why = await explainer.ExplainAsync(spec, Checkpoint, TestContext.Current.CancellationToken);

            Assert.Equal([ShardState.Running, ShardState.Pending, ShardState.Pending], why.Select(key => key.State));
            Assert.Equal("worker here computes it.", why[0].Reasons[0]);
            Assert.Equal(
                ["it waits for a worker; 4 tasks are more urgent or larger.", "its worker died 1 times while computing it."],
                why[1].Reasons);
            Assert.Contains("ended without it", why[2].Reasons[0], StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
