using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Server.Execution;

namespace PythiaOrleans.Server.Tests;

public sealed class FailuresTests
{
    private static readonly CheckpointId Checkpoint = new("pythia-14m", 1000);
    private static readonly ResultKey Key = new(Checkpoint, AnalysisId.Create("weight-moments", 1, new Dictionary<string, string>()));

    public static TheoryData<FailureKind, Exception> Table => new()
    {
        // The storage is away: not counted against the shard.
        { FailureKind.Infrastructure, new StoreUnavailableException("az://results does not answer") },
        { FailureKind.Infrastructure, new SourceUnavailableException("the hub does not answer") },
        { FailureKind.Infrastructure, new IOException("No space left on device") },
        { FailureKind.Infrastructure, new EndOfStreamException("a file that was cut while it was read") },
        { FailureKind.Infrastructure, new AggregateException(new StoreUnavailableException("az://results does not answer")) },

        // Trying again cannot help: quarantined at once.
        { FailureKind.Permanent, new AccessDeniedException("the repository is gated") },
        { FailureKind.Permanent, new UnauthorizedAccessException("Access to the path is denied.") },
        { FailureKind.Permanent, new CheckpointFormatException("model.safetensors", "header", "JSON", "zeros", "Fetch it again.") },
        { FailureKind.Permanent, new FileNotFoundException("no config.json") },
        { FailureKind.Permanent, new DirectoryNotFoundException("no step1000") },
        { FailureKind.Permanent, new InvalidDataException("no Parquet") },
        { FailureKind.Permanent, new ArgumentException("unknown model") },
        { FailureKind.Permanent, new KeyNotFoundException("no such tensor") },
        { FailureKind.Permanent, new NotSupportedException("an architecture of tomorrow") },
        { FailureKind.Permanent, new DeterminismException(Key) },

        // Worth another attempt, and counted.
        { FailureKind.Transient, new DeviceMemoryException(
            Key, ComputeDevice.Cpu, triedSmall: false, new InvalidOperationException("out of memory")) },
        { FailureKind.Transient, new InvalidOperationException("unforeseen") },
        { FailureKind.Transient, new AggregateException(new IOException("one"), new InvalidDataException("another")) },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void Failure_IsOfItsKind(FailureKind kind, Exception error) => Assert.Equal(kind, Failures.Classify(error));
}
