namespace PythiaOrleans.Checkpoints.Sources;

/// <summary>One file of a revision, as its source describes it before the file is read.</summary>
/// <param name="Name">Its name, without folders.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sign">
/// What files of equal bytes share: the SHA-256 or git's digest that the hub tells, elsewhere <c>sample:</c> and a digest of its length and
/// 16 places of it; null where the file could not be looked at.
/// </param>
public sealed record RevisionFile(string Name, long Bytes, string? Sign);
