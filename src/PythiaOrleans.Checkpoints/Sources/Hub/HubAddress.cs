namespace PythiaOrleans.Checkpoints.Sources.Hub;

/// <summary>Where the hub keeps one checkpoint.</summary>
/// <param name="Repository">The repository, <c>org/name</c>.</param>
/// <param name="Revision">The branch, tag or commit.</param>
/// <param name="Folder">The folder within the revision; empty at the top.</param>
public sealed record HubAddress(string Repository, string Revision, string Folder = "")
{
    /// <summary>The path of a file within the revision.</summary>
    public string PathOf(string file) => Folder.Length == 0 ? file : $"{Folder}/{file}";

    /// <summary><c>org/name@revision/folder</c>, for messages.</summary>
    public override string ToString() => Folder.Length == 0 ? $"{Repository}@{Revision}" : $"{Repository}@{Revision}/{Folder}";
}
