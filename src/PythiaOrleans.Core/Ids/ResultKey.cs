namespace PythiaOrleans.Core.Ids;

/// <summary>The key of one result: a checkpoint and an analysis with its fingerprint. A sweep is a set of these.</summary>
public readonly record struct ResultKey(CheckpointId Checkpoint, AnalysisId Analysis)
{
    /// <summary>The immutable Parquet file whose existence is the commit.</summary>
    public string Path => $"results/{Checkpoint.Path}/{Analysis}.parquet";

    /// <summary>The record beside it: digest, when, where, how long. Best effort, not part of the commit.</summary>
    public string RunPath => $"results/{Checkpoint.Path}/{Analysis}.run.json";

    /// <summary><c>model@stepN/name-fingerprint</c>.</summary>
    public override string ToString() => $"{Checkpoint}/{Analysis}";
}
