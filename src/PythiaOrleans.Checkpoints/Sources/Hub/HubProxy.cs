using System.Net;

namespace PythiaOrleans.Checkpoints.Sources.Hub;

/// <summary>
/// The proxies that .NET does not understand: <c>socks5h://</c>, as curl and the hub's Python tools spell a SOCKS 5 proxy that resolves names itself.
/// .NET always lets the proxy resolve names and calls that <c>socks5</c>.
/// </summary>
internal static class HubProxy
{
    private const string Spelling = "socks5h://";

    /// <summary>The proxy for an address; null where the variables name none of this kind, and .NET's own rules hold.</summary>
    /// <exception cref="ArgumentException">A variable holds no address.</exception>
    public static IWebProxy? Find(Func<string, string?> variable, Uri endpoint)
    {
        string[] names = endpoint.Scheme == Uri.UriSchemeHttps ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy"];
        foreach (var name in names.Concat(["all_proxy", "ALL_PROXY"]))
        {
            if (variable(name)?.Trim() is { Length: > 0 } address)
            {
                return address.StartsWith(Spelling, StringComparison.OrdinalIgnoreCase) ? Open(name, address, variable) : null;
            }
        }

        return null;
    }

    private static WebProxy Open(string name, string address, Func<string, string?> variable)
    {
        if (!Uri.TryCreate($"socks5://{address[Spelling.Length..]}", UriKind.Absolute, out var uri))
        {
            throw new ArgumentException($"{name}: expected socks5h://HOST:PORT, found something else.");
        }

        var without = variable("no_proxy") ?? variable("NO_PROXY") ?? "";
        var proxy = new WebProxy(new UriBuilder(uri.Scheme, uri.Host, uri.Port).Uri)
        {
            BypassList = [.. without.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(ToPattern)],
        };
        if (uri.UserInfo.Split(':', 2) is [{ Length: > 0 } user, var password])
        {
            proxy.Credentials = new NetworkCredential(Uri.UnescapeDataString(user), Uri.UnescapeDataString(password));
        }

        return proxy;
    }

    // example.org means that host and all below it; * means every host.
    private static string ToPattern(string host) => host == "*"
        ? ".*"
        : $@"://([^/]*\.)?{System.Text.RegularExpressions.Regex.Escape(host.TrimStart('.'))}(:[0-9]+)?(/|\z)";
}
