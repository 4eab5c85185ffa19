using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Workers;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Server.Execution;

namespace PythiaOrleans.Server.Tests;

/// <summary>
/// Passes through every stage of a task without computing: a result is a few bytes. Step 100000 of every model is broken.
/// </summary>
internal sealed class InstantRunner(ResultStore store) : IShardRunner
{
    public static bool IsBroken(CheckpointId checkpoint) => checkpoint.Step % 100_000 == 0;

    public Task<IPreparedTask> PrepareAsync(
        TaskId task, SweepSpec sweep, IReadOnlyList<AnalysisId> analyses, CancellationToken cancellationToken)
    {
        using var stage = Stage.Fetch(task.Checkpoint);
        return Task.FromResult<IPreparedTask>(new Prepared(task.Checkpoint, analyses, store));
    }

    public FailureKind Classify(Exception error) => FailureKind.Permanent;

    private sealed record Row([property: Column("a number")] double Value);

    private sealed class Prepared(CheckpointId checkpoint, IReadOnlyList<AnalysisId> analyses, ResultStore store) : IPreparedTask
    {
        public TaskResult Run(int attempt, string device, CancellationToken cancellationToken)
        {
            using (Stage.Load(checkpoint))
            {
                if (IsBroken(checkpoint))
                {
                    throw new InvalidDataException($"{checkpoint} is broken.");
                }
            }

            foreach (var analysis in analyses)
            {
                using (Stage.Compute(analysis))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                }

                using (Stage.Commit(analysis))
                {
                    var provenance = new Dictionary<string, string> { ["checkpoint"] = checkpoint.ToString() };
                    var table = ResultTable.From(checkpoint, [new Row(1)]);
                    var bytes = ResultParquet.WriteAsync(table, provenance, cancellationToken).GetAwaiter().GetResult();
                    var digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));
                    var run = new RunRecord(digest, table.Count, "test", DateTimeOffset.UnixEpoch, attempt, 0, 0);
                    store.CommitAsync(new ResultKey(checkpoint, analysis), bytes, run, cancellationToken).GetAwaiter().GetResult();
                    ResultMetrics.OnCommitted(checkpoint, analysis, 10);
                }
            }

            return new TaskResult(analyses, [], 1_000_000);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
