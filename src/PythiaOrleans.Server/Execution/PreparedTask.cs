using System.Diagnostics;
using System.Security.Cryptography;
using PythiaOrleans.Analyses;
using PythiaOrleans.Analyses.Counting;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Checkpoints.Sources;
using PythiaOrleans.Cluster.Workers;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Server.Planning;

namespace PythiaOrleans.Server.Execution;

/// <summary>One task on the device thread: map the files, run each analysis, commit each table before the next one starts.</summary>
/// <param name="inputs">The files.</param>
/// <param name="analyses">What is computed.</param>
/// <param name="unknown">What this silo cannot compute: reported as failures.</param>
/// <param name="batch">The sweep's tokens.</param>
/// <param name="store">Where results go.</param>
/// <param name="digests">Remembers digests of files.</param>
/// <param name="time">The clock of the run records.</param>
/// <param name="files">What is let go of at the end.</param>
internal sealed class PreparedTask(
    TaskInputs inputs,
    IReadOnlyList<IAnalysis> analyses,
    IReadOnlyList<AnalysisFailure> unknown,
    BatchSpec batch,
    ResultStore store,
    DigestCache digests,
    TimeProvider time,
    IReadOnlyList<IDisposable> files)
    : IPreparedTask
{
    private const string PlanKey = "memory_plan";

    // After a computation this long, the milliseconds in which memory is given back do not matter.
    private const double LongSeconds = 1;

    private static readonly TimeSpan RecordFollows = TimeSpan.FromSeconds(1);

    // Opened once, whether memory is asked for before or not; both happen on the slot's thread.
    private Checkpoint? _own;
    private volatile int _ended;

    private Checkpoint Own => _own ??= CheckpointReader.Open(inputs.Own);

    /// <inheritdoc />
    public int Ended => _ended;

    /// <inheritdoc />
    public long DeviceBytes(string device) =>
        DeviceMemory.Estimate(analyses, inputs.Model.Shape, batch, ComputeDevice.Parse(device), CountingMemory.IsOffHalfGrid(Own));

    /// <inheritdoc />
    public TaskResult Run(int attempt, string device, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        using var loading = Stage.Load(inputs.Own.Checkpoint);
        var own = Own;
        UnsupportedNotices.Report(own.Id.Model, own.Shape);
        using var reference = OpenNeighbour(inputs.Reference, out var referenceError);
        using var previous = OpenNeighbour(inputs.Previous, out _);
        var digest = digests.Of(inputs.Own, own);
        var input = new AnalysisInput(own, reference, previous, inputs.Model)
        {
            Device = ComputeDevice.Parse(device),
            Analyses = analyses,
        };
        var provenance = Provenance(own, digest);
        loading.Dispose();
        var loadSeconds = Stopwatch.GetElapsedTime(started).TotalSeconds;

        var committed = new List<AnalysisId>();
        var failures = new List<AnalysisFailure>(unknown);
        foreach (var analysis in analyses)
        {
            var id = analysis.Description.Id;
            try
            {
                if (analysis.RequiredCheckpoints.HasFlag(RequiredCheckpoints.Reference) && reference is null)
                {
                    throw (Exception?)referenceError ?? new FileNotFoundException(
                        $"Checkpoint {own.Id}: {analysis.Description.Name} needs the reference checkpoint, which {inputs.Source} does not "
                            + "hold. "
                        + "Add it, or choose another reference step.");
                }

                Measure(analysis, id, input, provenance, loadSeconds, attempt, cancellationToken);
                committed.Add(id);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                ResultMetrics.OnFailed(own.Id, id);
                failures.Add(new AnalysisFailure(id, Failures.Classify(error), error.Message));
            }

            _ended++;
        }

        return new TaskResult(committed, failures, inputs.Own.Weights.Sum(LengthOf));
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        _own?.Dispose();
        foreach (var file in files)
        {
            file.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    // Of the file itself, where the cache links to it. Digests would know lengths too, but cost a pass over every byte.
    private static long LengthOf(string file)
    {
        using var handle = File.OpenHandle(file);
        return RandomAccess.GetLength(handle);
    }

    private static Checkpoint? OpenNeighbour(CheckpointFiles? files, out CheckpointFormatException? error)
    {
        error = null;
        try
        {
            return files is null ? null : CheckpointReader.Open(files);
        }
        catch (CheckpointFormatException broken)
        {
            error = broken;
            return null;
        }
    }

    private void Measure(
        IAnalysis analysis, AnalysisId id, AnalysisInput input, IReadOnlyDictionary<string, string> provenance,
        double loadSeconds, int attempt, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        using var computing = Stage.Compute(id);
        var (table, plan) = Compute(analysis, id, input, cancellationToken);
        computing.Dispose();
        // What was read of a file that was written to meanwhile may be of two versions.
        input.Checkpoint.CheckUnchanged();
        input.Reference?.CheckUnchanged();
        input.Previous?.CheckUnchanged();
        var computeSeconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (computeSeconds > LongSeconds)
        {
            FreeMemory.Return();
        }

        var description = analysis.Description;
        var metadata = new Dictionary<string, string>(provenance, StringComparer.Ordinal)
        {
            ["reference_digest"] = DigestOf(analysis, RequiredCheckpoints.Reference, inputs.Reference, input.Reference),
            ["previous_digest"] = DigestOf(analysis, RequiredCheckpoints.Previous, inputs.Previous, input.Previous),
            ["analysis"] = description.Name,
            ["analysis_version"] = description.Version.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["device"] = analysis.UsesDevice ? input.Device.Kind : ComputeDevice.Cpu.Kind,
            ["dtype"] = DTypeOf(description),
            ["fingerprint_of"] = AnalysisId.Describe(description.Name, description.Version, description.Parameters),
        };
        if (plan != MemoryPlan.Full)
        {
            metadata[PlanKey] = plan.ToString().ToLowerInvariant();
        }

        using var committing = Stage.Commit(id);

        // The device thread is the slot's own: blocking it is what it is for.
        var parquet = ResultParquet.WriteAsync(table, metadata, cancellationToken).GetAwaiter().GetResult();
        var run = new RunRecord(
            Convert.ToHexStringLower(SHA256.HashData(parquet)), table.Count, Environment.MachineName, time.GetUtcNow(), attempt,
            loadSeconds, computeSeconds)
        { SourceBytes = SourceBytesOf(analysis), Device = analysis.UsesDevice ? input.Device.RoundingKind : null };
        var key = new ResultKey(input.Checkpoint.Id, id);
        if (store.CommitAsync(key, parquet, run, cancellationToken).GetAwaiter().GetResult() == CommitOutcome.Differs
            && !IsOfAnotherKindAsync(key, metadata, run.Device, cancellationToken).GetAwaiter().GetResult())
        {
            throw new DeterminismException(key);
        }

        ResultMetrics.OnCommitted(key.Checkpoint, id, parquet.Length);
        MeasuredMetrics.OnCommitted(key.Checkpoint, id, table);
    }

    // Once more at once, in less memory: what filled the device may be this task alone, and then no other device of its kind has more room.
    private static (ResultTable Table, MemoryPlan Plan) Compute(
        IAnalysis analysis, AnalysisId id, AnalysisInput input, CancellationToken cancellationToken)
    {
        try
        {
            return (analysis.Run(input, cancellationToken), MemoryPlan.Full);
        }
        catch (Exception error) when (OutOfMemory.IsCauseOf(error))
        {
            if (!analysis.UsesDevice)
            {
                throw new DeviceMemoryException(new ResultKey(input.Checkpoint.Id, id), ComputeDevice.Cpu, triedSmall: false, error);
            }
        }

        GC.Collect();
        GC.WaitForPendingFinalizers(); // tensors that the failure left behind
        try
        {
            return (analysis.Run(input.With(MemoryPlan.Small), cancellationToken), MemoryPlan.Small);
        }
        catch (Exception error) when (OutOfMemory.IsCauseOf(error))
        {
            throw new DeviceMemoryException(new ResultKey(input.Checkpoint.Id, id), input.Device, triedSmall: true, error);
        }
    }

    // Equal bytes are promised for one kind of device and one memory plan. Of two kinds the first one's result stays, and both are right.
    private async Task<bool> IsOfAnotherKindAsync(
        ResultKey key, Dictionary<string, string> own, string? device, CancellationToken cancellationToken)
    {
        try
        {
            return await store.ReadProvenanceAsync(key, cancellationToken).ConfigureAwait(false) is { } stored
                && (stored.GetValueOrDefault("device") != own["device"]
                    || stored.GetValueOrDefault(PlanKey) != own.GetValueOrDefault(PlanKey)
                    || (device is not null && await IsOfAnotherProcessorAsync(key, device, cancellationToken).ConfigureAwait(false)));
        }
        catch (InvalidDataException)
        {
            return false; // whatever lies there, it is not what was computed
        }
    }

    // The first writer records what it computed on right after its result: where both came at once, that may not be there yet.
    private async Task<bool> IsOfAnotherProcessorAsync(ResultKey key, string device, CancellationToken cancellationToken)
    {
        var record = await store.ReadRunAsync(key, cancellationToken).ConfigureAwait(false);
        if (record is null)
        {
            await Task.Delay(RecordFollows, time, cancellationToken).ConfigureAwait(false);
            record = await store.ReadRunAsync(key, cancellationToken).ConfigureAwait(false);
        }

        return record?.Device is { } other && other != device;
    }

    // Of the arithmetic; how weights are stored is the integrity analysis' to say, and must not change these bytes.
    private static string DTypeOf(AnalysisDescription description) =>
        Precisions.FromSpec(description.Parameters.GetValueOrDefault("precision")) switch
        {
            Precision.BFloat16 => "BF16",
            Precision.Float16 => "F16",
            _ => "F64",
        };

    // Only what the analysis itself read: which others share its task differs from run to run, and must not enter its bytes.
    private string DigestOf(IAnalysis analysis, RequiredCheckpoints neighbour, CheckpointFiles? files, Checkpoint? checkpoint) =>
        analysis.RequiredCheckpoints.HasFlag(neighbour) && checkpoint is not null ? digests.Of(files!, checkpoint) : "none";

    private Dictionary<string, string>? SourceBytesOf(IAnalysis analysis)
    {
        var signs = new Dictionary<string, string>();
        foreach (var files in new[]
        {
            inputs.Own,
            analysis.RequiredCheckpoints.HasFlag(RequiredCheckpoints.Reference) ? inputs.Reference : null,
            analysis.RequiredCheckpoints.HasFlag(RequiredCheckpoints.Previous) ? inputs.Previous : null,
        })
        {
            if (files is not null && inputs.SourceBytes.TryGetValue(files.Checkpoint, out var sign))
            {
                signs[files.Checkpoint.ToString()] = sign;
            }
        }

        return signs.Count == 0 ? null : signs;
    }

    private static Dictionary<string, string> Provenance(Checkpoint own, string digest) =>
        new(StringComparer.Ordinal)
        {
            ["checkpoint"] = own.Id.ToString(),
            ["checkpoint_digest"] = digest,
            ["software"] = $"PythiaOrleans {ShardRunner.SoftwareVersion}",
        };
}
