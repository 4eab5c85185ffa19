namespace PythiaOrleans.Checkpoints.Sources.Hub;

/// <summary>One file of a repository's revision, as the hub describes it before any byte is fetched.</summary>
/// <param name="Name">Its name in the repository's root.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Id">What names its bytes: the SHA-256 of a large file (64 digits), git's SHA-1 of a small one (40 digits).</param>
internal sealed record HubFile(string Name, long Bytes, string Id)
{
    /// <summary>The SHA-256, where the hub tells it.</summary>
    public string? Sha256 => Id.Length == 64 ? Id : null;
}
