using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace PythiaOrleans.Checkpoints.Cache;

/// <summary>
/// The names that the hub gives to bytes: SHA-256 (64 digits), or git's SHA-1 of a blob (40 digits: over <c>blob {length}\0</c> and the
/// bytes).
/// </summary>
internal static partial class BlobDigest
{
    private const int BufferBytes = 1 << 20;

    public static bool IsDigest(string id) => Pattern().IsMatch(id);

    /// <summary>The file's digest of the kind that <paramref name="like"/> is.</summary>
    public static string Compute(string path, string like, CancellationToken cancellationToken = default)
    {
        var git = like.Length == 40;
        using var hash = IncrementalHash.CreateHash(git ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256);
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        if (git)
        {
            hash.AppendData(Encoding.ASCII.GetBytes($"blob {RandomAccess.GetLength(file)}\0"));
        }

        var buffer = new byte[BufferBytes];
        long offset = 0;
        while (RandomAccess.Read(file, buffer, offset) is var read and > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            hash.AppendData(buffer, 0, read);
            offset += read;
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    [GeneratedRegex(@"\A([0-9a-f]{40}|[0-9a-f]{64})\z")]
    private static partial Regex Pattern();
}
