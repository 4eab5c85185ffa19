namespace PythiaOrleans.Core.Sweeps;

/// <summary>What is not deterministic about one result: written beside it, best effort.</summary>
/// <param name="Sha256">The digest of the result's bytes.</param>
/// <param name="Rows">The rows of its table.</param>
/// <param name="Host">The machine that computed it.</param>
/// <param name="FinishedAt">When.</param>
/// <param name="Attempt">Which attempt succeeded, from 1.</param>
/// <param name="LoadSeconds">From the first byte wanted to tensors usable, shared by the task's analyses.</param>
/// <param name="ComputeSeconds">In this analysis.</param>
public sealed record RunRecord(
    string Sha256, int Rows, string Host, DateTimeOffset FinishedAt, int Attempt, double LoadSeconds, double ComputeSeconds)
{
    /// <summary>
    /// The checkpoints that were read, <c>model@stepN</c>, each with a sign of the bytes that the source served for it; null where the
    /// source tells none, and in records of older versions.
    /// </summary>
    public IReadOnlyDictionary<string, string>? SourceBytes { get; init; }

    /// <summary>
    /// The kind of device for which the bytes are promised, for example <c>cpu:avx512-intel</c> or <c>cuda</c>; null where they are the
    /// same on every processor, and in records of older versions.
    /// </summary>
    public string? Device { get; init; }
}
