namespace PythiaOrleans.Core.Storage;

/// <summary>One state of a blob, for writes that must not overwrite a later state.</summary>
/// <param name="Bytes">The blob's length.</param>
/// <param name="Tag">Changes whenever the blob is replaced: the ETag in blob storage.</param>
public sealed record BlobVersion(long Bytes, string Tag);
