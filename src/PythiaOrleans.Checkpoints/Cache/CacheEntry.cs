using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Checkpoints.Cache;

/// <summary>One file that the cache holds, or a part of one.</summary>
/// <param name="Repository">The repository's folder: <c>models--org--name</c>.</param>
/// <param name="Id">What names the bytes: SHA-256, git's SHA-1, or a container's ETag.</param>
/// <param name="Names">Where it is seen: <c>step3000/model.safetensors</c>, once for each revision.</param>
/// <param name="Bytes">What it takes on the disk's books.</param>
/// <param name="LastUsed">When it was last fetched or read by this software.</param>
/// <param name="Complete">Whether it is whole; false for one whose download broke off.</param>
/// <param name="Own">Whether this software fetched it. Others' files are used, listed and verified, never evicted.</param>
/// <param name="InUse">Whether a process reads or fetches it now.</param>
public sealed record CacheEntry(
    string Repository, string Id, IReadOnlyList<string> Names, long Bytes, DateTimeOffset LastUsed, bool Complete, bool Own, bool InUse);

/// <summary>Something in the cache that is not as it should be.</summary>
/// <param name="Path">The file or link.</param>
/// <param name="Problem">What is wrong, in a sentence.</param>
public sealed record CacheDamage(string Path, string Problem);
