using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Contracts;

/// <summary>The coordinator of one sweep; the key is its name.</summary>
[Alias("pythia.ISweepGrain")]
public interface ISweepGrain : IGrainWithStringKey
{
    /// <summary>Starts the sweep and returns at once; planning and computing go on. A sweep that runs already goes on.</summary>
    /// <exception cref="ArgumentException">Another set of keys was started under this name.</exception>
    [Alias("Start")]
    Task StartAsync(SweepSpec spec);

    /// <summary>Adds models, steps or analyses to the sweep, whether it runs or not; what is committed stays.</summary>
    /// <exception cref="ArgumentException">There is no such sweep, or the spec lacks something that the sweep has.</exception>
    [Alias("Extend")]
    Task ExtendAsync(SweepSpec spec);

    /// <summary>
    /// Measures the sweep's models and steps by other versions of its analyses. What is committed stays in the store and belongs to the
    /// sweep no more.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such sweep, or the spec has other models, steps or names of analyses.</exception>
    /// <exception cref="InvalidOperationException">The sweep runs.</exception>
    [Alias("Upgrade")]
    Task UpgradeAsync(SweepSpec spec);

    /// <summary>Where the sweep stands.</summary>
    /// <exception cref="ArgumentException">There is no such sweep.</exception>
    [Alias("GetProgress")]
    Task<SweepProgress> GetProgressAsync();

    /// <summary>Hands out no more tasks; those that run end as usual.</summary>
    [Alias("Pause")]
    Task PauseAsync();

    /// <summary>Goes on after a pause, and retries the quarantined shards. Nothing that exists is computed again.</summary>
    [Alias("Resume")]
    Task ResumeAsync();

    /// <summary>Drops every task that has not ended. What was committed stays.</summary>
    [Alias("Cancel")]
    Task CancelAsync();

    /// <summary>Every shard's state, model by model.</summary>
    [Alias("GetMap")]
    Task<IReadOnlyList<ModelMap>> GetMapAsync();

    /// <summary>Tries one quarantined shard again; the sweep goes on if it had ended.</summary>
    /// <returns>Whether the shard was quarantined.</returns>
    [Alias("Retry")]
    Task<bool> RetryAsync(CheckpointId checkpoint);

    /// <summary>Quarantined shards with their errors, by model and step.</summary>
    [Alias("GetFailures")]
    Task<IReadOnlyList<ShardFailure>> GetFailuresAsync(int skip, int take);

    /// <summary>Told by the dispatcher: tasks of this sweep have ended, or started.</summary>
    [Alias("Record")]
    Task RecordAsync(IReadOnlyList<TaskOutcome> ended, int running);

    /// <summary>
    /// Told by owners of checkpoints: shards wait for store or source. May be lost, and then comes again with the next try.
    /// </summary>
    [Alias("Delay")]
    Task DelayAsync(IReadOnlyList<TaskDelay> delays);
}
