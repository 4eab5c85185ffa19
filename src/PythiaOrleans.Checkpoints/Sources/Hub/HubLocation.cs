namespace PythiaOrleans.Checkpoints.Sources.Hub;

/// <summary>Where one file really lies, as the answer to HEAD says.</summary>
/// <param name="Commit">The commit that the revision means now; null where a mirror does not say.</param>
/// <param name="Id">The file's digest, from X-Linked-Etag or ETag; empty where neither is one.</param>
/// <param name="Bytes">Its length, from X-Linked-Size or Content-Length; null where neither tells it.</param>
internal sealed record HubLocation(string? Commit, string Id, long? Bytes)
{
    /// <summary>Whether nothing that the answer says contradicts the tree. A digest of another kind than the tree's says nothing.</summary>
    public bool Agrees(HubFile file) => (Id.Length != file.Id.Length || Id == file.Id) && (Bytes is null || Bytes == file.Bytes);
}
