using PythiaOrleans.Checkpoints;
using PythiaOrleans.Results;

namespace PythiaOrleans.Cluster;

/// <summary>Keeps what is known of one checkpoint's analyses. The store is the truth: nothing here is lost with the activation that the store does not hold.</summary>
[ControlSilosFirst]
internal sealed class CheckpointGrain(ResultStore store, TimeProvider time) : Grain, ICheckpointGrain
{
    private readonly Dictionary<AnalysisId, AnalysisStatus> _analyses = [];

    private CheckpointId Checkpoint => CheckpointId.Parse(this.GetPrimaryKeyString());

    public async Task<TaskEnded> SettleAsync(TaskEnded ended, SweepSpec sweep)
    {
        var settled = ended.End == TaskEnd.Committed ? await ConfirmAsync(ended, sweep) : ended;
        if (settled.Failure is { } failure)
        {
            settled = settled with { Failure = failure with { At = time.GetUtcNow() } };
            await store.WriteFailureAsync(sweep.Name, settled.Failure, CancellationToken.None);
        }
        else if (settled.End == TaskEnd.Committed)
        {
            await store.ClearFailureAsync(sweep.Name, Checkpoint, CancellationToken.None);
        }

        Note(settled, sweep);
        return settled;
    }

    public Task<IReadOnlyList<AnalysisStatus>> GetAnalysesAsync() =>
        Task.FromResult<IReadOnlyList<AnalysisStatus>>([.. _analyses.Values.OrderBy(status => status.Analysis.ToString(), StringComparer.Ordinal)]);

    // A worker's word is not enough: what is done is what the store says.
    private async Task<TaskEnded> ConfirmAsync(TaskEnded ended, SweepSpec sweep)
    {
        var missing = new List<AnalysisId>();
        foreach (var analysis in sweep.Analyses)
        {
            if (!await store.ExistsAsync(new ResultKey(Checkpoint, analysis), CancellationToken.None))
            {
                missing.Add(analysis);
            }
        }

        return missing.Count == 0 ? ended : ended with { End = TaskEnd.Incomplete, Missing = missing };
    }

    private void Note(TaskEnded ended, SweepSpec sweep)
    {
        if (ended.End is TaskEnd.Cancelled or TaskEnd.Incomplete)
        {
            return;
        }

        foreach (var analysis in sweep.Analyses)
        {
            var failed = ended.Failure?.Analyses.Contains(analysis) ?? false;
            _analyses[analysis] = new AnalysisStatus(analysis, !failed, ended.Failure?.Attempts ?? 1, failed ? ended.Failure!.Message : null);
        }
    }
}
