using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using PythiaOrleans.Server.Configuration;

namespace PythiaOrleans.Server.Api;

/// <summary>The keys that a silo knows, by their hashes.</summary>
/// <param name="keys">The keys.</param>
internal sealed class ApiKeyRing(IEnumerable<ApiKey> keys)
{
    private readonly (byte[] Hash, ApiKey Key)[] _keys = [.. keys.Select(key => (Convert.FromHexString(key.Hash), key))];

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => _keys.Length == 0;

    /// <summary>
    /// The key that a header presents: as a bearer token, or as the password of basic authentication, which every browser knows how to ask
    /// for. Null where it presents none.
    /// </summary>
    public static string? Read(string header)
    {
        if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return header["Bearer ".Length..].Trim();
        }

        var encoded = header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase) ? header["Basic ".Length..].Trim() : "";
        var bytes = new byte[encoded.Length];
        return encoded.Length > 0 && Base64.IsValid(encoded) && Convert.TryFromBase64String(encoded, bytes, out var length)
            ? Encoding.UTF8.GetString(bytes, 0, length).Split(':', 2) is [_, var password] ? password : null
            : null;
    }

    /// <summary>The key that was presented; null where it is none of these.</summary>
    public ApiKey? Find(string presented)
    {
        // Every hash is compared to its end, even after a match: the time that it takes tells nothing.
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(presented));
        ApiKey? found = null;
        foreach (var (known, key) in _keys)
        {
            found = CryptographicOperations.FixedTimeEquals(known, hash) ? key : found;
        }

        return found;
    }
}
