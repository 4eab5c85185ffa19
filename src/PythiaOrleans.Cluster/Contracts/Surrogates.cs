using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Contracts;

// Checkpoints and Results know nothing of Orleans: how their types travel is said here. Ids are never reused or renumbered.

[GenerateSerializer, Alias("pythia.checkpoint-id")]
internal struct CheckpointIdSurrogate
{
    [Id(0)]
    public string Model;

    [Id(1)]
    public int Step;
}

[RegisterConverter]
internal sealed class CheckpointIdConverter : IConverter<CheckpointId, CheckpointIdSurrogate>
{
    public CheckpointId ConvertFromSurrogate(in CheckpointIdSurrogate surrogate) => new(surrogate.Model, surrogate.Step);

    public CheckpointIdSurrogate ConvertToSurrogate(in CheckpointId value) => new() { Model = value.Model, Step = value.Step };
}

[GenerateSerializer, Alias("pythia.analysis-id")]
internal struct AnalysisIdSurrogate
{
    [Id(0)]
    public string Name;

    [Id(1)]
    public string Fingerprint;
}

[RegisterConverter]
internal sealed class AnalysisIdConverter : IConverter<AnalysisId, AnalysisIdSurrogate>
{
    public AnalysisId ConvertFromSurrogate(in AnalysisIdSurrogate surrogate) => new(surrogate.Name, surrogate.Fingerprint);

    public AnalysisIdSurrogate ConvertToSurrogate(in AnalysisId value) => new() { Name = value.Name, Fingerprint = value.Fingerprint };
}

[GenerateSerializer, Alias("pythia.sweep-spec")]
internal struct SweepSpecSurrogate
{
    [Id(0)]
    public string Name;

    [Id(1)]
    public string[] Models;

    [Id(2)]
    public int[] Steps;

    [Id(3)]
    public AnalysisId[] Analyses;

    [Id(4)]
    public int ReferenceStep;

    [Id(5)]
    public int? Stride;

    [Id(6)]
    public string Source;

    [Id(7)]
    public int MaxAttempts;

    [Id(8)]
    public int Priority;

    [Id(9)]
    public BatchSpecSurrogate? Batch;

    [Id(10)]
    public string? Precision;
}

[GenerateSerializer, Alias("pythia.batch-spec")]
internal struct BatchSpecSurrogate
{
    [Id(0)]
    public string Kind;

    [Id(1)]
    public string Digest;

    [Id(2)]
    public int Rows;

    [Id(3)]
    public int Length;

    [Id(4)]
    public int Seed;
}

[RegisterConverter]
internal sealed class SweepSpecConverter : IConverter<SweepSpec, SweepSpecSurrogate>
{
    public SweepSpec ConvertFromSurrogate(in SweepSpecSurrogate surrogate) => new()
    {
        Name = surrogate.Name,
        Models = surrogate.Models,
        Steps = surrogate.Steps,
        Analyses = surrogate.Analyses,
        ReferenceStep = surrogate.ReferenceStep,
        Stride = surrogate.Stride,
        Source = surrogate.Source,
        MaxAttempts = surrogate.MaxAttempts,
        Priority = surrogate.Priority,
        Precision = surrogate.Precision,
        Batch = surrogate.Batch is { } batch ? new BatchSpec(batch.Kind, batch.Digest, batch.Rows, batch.Length, batch.Seed) : null,
    };

    public SweepSpecSurrogate ConvertToSurrogate(in SweepSpec value) => new()
    {
        Name = value.Name,
        Models = [.. value.Models],
        Steps = [.. value.Steps],
        Analyses = [.. value.Analyses],
        ReferenceStep = value.ReferenceStep,
        Stride = value.Stride,
        Source = value.Source,
        MaxAttempts = value.MaxAttempts,
        Priority = value.Priority,
        Precision = value.Precision,
        Batch = value.Batch is { } batch
            ? new BatchSpecSurrogate
            {
                Kind = batch.Kind,
                Digest = batch.Digest,
                Rows = batch.Rows,
                Length = batch.Length,
                Seed = batch.Seed
            }
            : null,
    };
}

[GenerateSerializer, Alias("pythia.shard-failure")]
internal struct ShardFailureSurrogate
{
    [Id(0)]
    public CheckpointId Checkpoint;

    [Id(1)]
    public AnalysisId[] Analyses;

    [Id(2)]
    public FailureKind Kind;

    [Id(3)]
    public string Message;

    [Id(4)]
    public int Attempts;

    [Id(5)]
    public DateTimeOffset At;
}

[RegisterConverter]
internal sealed class ShardFailureConverter : IConverter<ShardFailure, ShardFailureSurrogate>
{
    public ShardFailure ConvertFromSurrogate(in ShardFailureSurrogate surrogate) =>
        new(surrogate.Checkpoint, surrogate.Analyses, surrogate.Kind, surrogate.Message, surrogate.Attempts, surrogate.At);

    public ShardFailureSurrogate ConvertToSurrogate(in ShardFailure value) => new()
    {
        Checkpoint = value.Checkpoint,
        Analyses = [.. value.Analyses],
        Kind = value.Kind,
        Message = value.Message,
        Attempts = value.Attempts,
        At = value.At,
    };
}
