namespace PythiaOrleans.Reporting.Census;

/// <summary>What the analysis <c>integrity</c> says of a checkpoint's files.</summary>
/// <param name="Sha256">The digest of the weight files.</param>
/// <param name="Bytes">Their length.</param>
/// <param name="Files">How many there are.</param>
internal sealed record SweptFile(string Sha256, long Bytes, int Files);
