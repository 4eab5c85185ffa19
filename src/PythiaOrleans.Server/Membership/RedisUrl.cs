using System.Globalization;
using StackExchange.Redis;

namespace PythiaOrleans.Server.Membership;

/// <summary>
/// Reads Redis as a URL, as cloud consoles and other tools give it: <c>redis://user:password@host:6379/0</c>, or <c>rediss://</c> with TLS.
/// </summary>
/// <remarks>The form is that of the provisional registrations of both schemes with IANA. Messages never hold the text: it may hold a
/// password.</remarks>
internal static class RedisUrl
{
    private const string Plain = "redis";
    private const string Encrypted = "rediss";
    private const int DefaultPort = 6379;

    /// <summary>The options of a URL; null where the text is none, but StackExchange.Redis's own form.</summary>
    /// <exception cref="ArgumentException">It is a URL, but not of Redis, or a part of it makes no sense.</exception>
    public static ConfigurationOptions? TryParse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.Contains("://", StringComparison.Ordinal))
        {
            return null;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not (Plain or Encrypted) || url.Host.Length == 0)
        {
            throw new ArgumentException("a URL begins with redis://, or with rediss:// for TLS, and a host.");
        }

        if (url.Query.Length > 0 || url.Fragment.Length > 0)
        {
            throw new ArgumentException("a URL takes no settings after ? or #; write host:port,setting=value for them.");
        }

        var options = new ConfigurationOptions { Ssl = url.Scheme == Encrypted };
        options.EndPoints.Add(url.DnsSafeHost, url.Port > 0 ? url.Port : DefaultPort);
        var path = url.AbsolutePath.Trim('/');
        if (path.Length > 0)
        {
            options.DefaultDatabase = int.TryParse(path, NumberStyles.None, CultureInfo.InvariantCulture, out var database)
                ? database
                : throw new ArgumentException("expected the number of a database after the host, such as /0.");
        }

        if (url.UserInfo.Length > 0)
        {
            var colon = url.UserInfo.IndexOf(':', StringComparison.Ordinal);
            var user = Uri.UnescapeDataString(colon < 0 ? url.UserInfo : url.UserInfo[..colon]);
            options.User = user.Length == 0 ? null : user;
            options.Password = colon < 0 ? null : Uri.UnescapeDataString(url.UserInfo[(colon + 1)..]);
        }

        return options;
    }
}
