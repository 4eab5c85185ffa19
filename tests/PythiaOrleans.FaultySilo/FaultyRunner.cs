using System.Diagnostics;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Cluster.Workers;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.FaultySilo;

/// <summary>The real computation with faults around it.</summary>
internal sealed class FaultyRunner(IShardRunner runner, FaultFolder faults) : IShardRunner
{
    private const int NoSpaceLeft = 28;
    private const int NapMilliseconds = 50;

    public async Task<IPreparedTask> PrepareAsync(
        TaskId task, SweepSpec sweep, IReadOnlyList<AnalysisId> analyses, CancellationToken cancellationToken)
    {
        if (faults.HasHere("full"))
        {
            throw new IOException("No space left on device", NoSpaceLeft);
        }

        return new Prepared(await runner.PrepareAsync(task, sweep, analyses, cancellationToken), task, faults);
    }

    public IReadOnlyCollection<CachedCheckpoint> CachedCheckpoints() => runner.CachedCheckpoints();

    public long FetchProgress(TaskId task) => runner.FetchProgress(task);

    public FailureKind Classify(Exception error) => runner.Classify(error);

    private sealed class Prepared(IPreparedTask task, TaskId id, FaultFolder faults) : IPreparedTask
    {
        public TaskResult Run(int attempt, string device, CancellationToken cancellationToken)
        {
            var checkpoint = id.Checkpoint.ToString();
            if (faults.Has("kill", checkpoint))
            {
                // As a native crash does it: the whole process, at once.
                using var self = Process.GetCurrentProcess();
                self.Kill();
                Thread.Sleep(Timeout.Infinite);
            }

            if (faults.HasHere("memory"))
            {
                throw new OutOfMemoryException($"{checkpoint}: the device has no room for it.");
            }

            if (faults.Has("hang", checkpoint))
            {
                Thread.Sleep(Timeout.Infinite); // as in native code: no token is looked at
            }

            cancellationToken.WaitHandle.WaitOne(faults.SlowMilliseconds);
            while (faults.Has("hold", "all") && !cancellationToken.WaitHandle.WaitOne(NapMilliseconds))
            {
                // What has begun runs until the test lets it go.
            }

            return task.Run(attempt, device, cancellationToken);
        }

        public int Ended => task.Ended;

        public long DeviceBytes(string device) => task.DeviceBytes(device);

        public ValueTask DisposeAsync() => task.DisposeAsync();
    }
}
