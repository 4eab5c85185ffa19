namespace PythiaOrleans.Checkpoints.Cache;

/// <summary>
/// Where things lie in a cache folder: the layout of the hub's Python tools, and this software's own marks among their locks, where they
/// look for none.
/// </summary>
internal sealed record CachePaths(string Root)
{
    /// <summary>The relative path from a snapshot to the blobs, as links hold it.</summary>
    private const string BlobsFromSnapshot = "../../blobs";

    public string Global => Path.Combine(Root, ".locks", "pythia.lock");

    /// <summary>The folder of a hub's repository.</summary>
    public static string FolderName(string repository) => $"models--{repository.Replace("/", "--", StringComparison.Ordinal)}";

    public string Blobs(string repository) => Path.Combine(Root, repository, "blobs");

    public string Blob(string repository, string id) => Path.Combine(Blobs(repository), id);

    /// <summary>The growing file; not the Python tools' name, because it does not grow from front to back.</summary>
    public string Partial(string repository, string id) => $"{Blob(repository, id)}.pythia";

    /// <summary>How large the growing file will be: what is reserved for it, however little of it is there.</summary>
    public string Reserved(string repository, string id) => $"{Partial(repository, id)}.size";

    /// <summary>The Python tools' growing file.</summary>
    public string Incomplete(string repository, string id) => $"{Blob(repository, id)}.incomplete";

    /// <summary>Locked while the blob is fetched, by the Python tools too.</summary>
    public string FetchLock(string repository, string id) => Path.Combine(Root, ".locks", repository, $"{id}.lock");

    /// <summary>
    /// Locked while the blob is read. Its time of modification is the last use; its text is the blob's SHA-256 where the id is no digest.
    /// </summary>
    public string Mark(string repository, string id) => Path.Combine(Root, ".locks", repository, $"{id}.used");

    /// <summary>Holds a file for each revision that was fetched: its text is the commit.</summary>
    public string Refs(string repository) => Path.Combine(Root, repository, "refs");

    public string Ref(string repository, string revision) => Path.Combine(Refs(repository), revision);

    public string Snapshots(string repository) => Path.Combine(Root, repository, "snapshots");

    public string Snapshot(string repository, string commit) => Path.Combine(Snapshots(repository), commit);

    public string Link(string repository, string commit, string name) => Path.Combine(Snapshot(repository, commit), name);

    /// <summary>Links the blob into a snapshot under a file's name, which may lead through folders.</summary>
    public void LinkInSnapshot(string repository, string commit, string name, string id)
    {
        var link = Link(repository, commit, name);
        if (ResolveBlobId(link) == id)
        {
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(link)!);
        // Renamed into place: another process that reads the snapshot must find the old link or the new one.
        var draft = $"{link}.{Guid.NewGuid():N}.draft";
        var up = string.Concat(Enumerable.Repeat("../", name.Count(letter => letter == '/')));
        File.CreateSymbolicLink(draft, $"{up}{BlobsFromSnapshot}/{id}");
        File.Move(draft, link, overwrite: true);
    }

    /// <summary>The id of the blob that a snapshot's link leads to; null where the file is no link.</summary>
    public static string? ResolveBlobId(string link) => new FileInfo(link).LinkTarget is { } target ? Path.GetFileName(target) : null;

    /// <summary>The commit of a revision when it was last fetched; null where it never was.</summary>
    public string? Commit(string repository, string revision) =>
        File.Exists(Ref(repository, revision)) ? File.ReadAllText(Ref(repository, revision)).Trim() : null;

    public void WriteRef(string repository, string revision, string commit)
    {
        var path = Ref(repository, revision);
        if (Commit(repository, revision) == commit)
        {
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var draft = $"{path}.{Guid.NewGuid():N}.draft";
        File.WriteAllText(draft, commit);
        File.Move(draft, path, overwrite: true);
    }
}
