using System.IO.Compression;
using System.Net;
using System.Text.RegularExpressions;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Checkpoints.Sources.Hub;

/// <summary>Reads the head of a hub's answer: what it refuses and why, where the next page is, how its body is packed.</summary>
internal static partial class HubAnswer
{
    private const string ErrorCode = "X-Error-Code";

    /// <summary>A header's first value, wherever .NET keeps it.</summary>
    public static string? Header(this HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) || response.Content.Headers.TryGetValues(name, out values)
            ? values.FirstOrDefault()
            : null;

    /// <summary>Whether the answer points elsewhere.</summary>
    public static bool IsRedirect(this HttpResponseMessage response) => (int)response.StatusCode is >= 300 and < 400;

    /// <summary>
    /// Whether the hub says that the revision or the file does not exist. A repository that does not exist, or is private, is an error
    /// instead.
    /// </summary>
    public static bool IsAbsent(this HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.NotFound && response.Header(ErrorCode) != "RepoNotFound";

    /// <summary>Refuses an answer that is no success, each kind as what it is.</summary>
    /// <exception cref="AccessDeniedException">401, 403, a repository that does not exist or is private, or another request that can never
    /// succeed.</exception>
    /// <exception cref="SourceUnavailableException">429, 408 or 5xx.</exception>
    public static void ThrowIfRefused(this HttpResponseMessage response, Uri url, bool hasToken)
    {
        var place = $"{url.GetLeftPart(UriPartial.Path)}: the hub answered {(int)response.StatusCode}";
        var code = response.Header(ErrorCode);
        if (response.IsSuccessStatusCode)
        {
            return;
        }

        throw (response.StatusCode, code) switch
        {
            (_, "RepoNotFound") => new AccessDeniedException(
                $"{place}: the repository does not exist, or it is private. "
                    + $"{(hasToken ? "Check its name, and that the token in" : "Check its name; if it is private, set")} "
                + $"HF_TOKEN {(hasToken ? "may read it." : "to a token that may read it.")}"),
            (_, "GatedRepo") => new AccessDeniedException(
                $"{place}: the repository is gated. Set HF_TOKEN to a token of an account that has accepted its terms on the hub."),
            (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden, _) => new AccessDeniedException(
                $"{place}. Set HF_TOKEN to a token that may read this repository, and accept its terms on the hub."),
            (HttpStatusCode.TooManyRequests, _) => new SourceUnavailableException(
                $"{place}: its rate limit is reached. Wait, run fewer tasks at a time, or set HF_TOKEN, which raises the limit."),
            (
                HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError,
                _) => new SourceUnavailableException($"{place}. Try again later."),
            _ => new AccessDeniedException($"{place}. Is HF_ENDPOINT a hub, and does a proxy let this request pass?"),
        };
    }

    /// <summary>The address of rel="next", wherever it stands among the links (RFC 8288); null on the last page.</summary>
    public static Uri? NextPage(this HttpResponseMessage response, Uri page)
    {
        if (!response.Headers.TryGetValues("Link", out var links))
        {
            return null;
        }

        var next = Link().Matches(string.Join(',', links)).FirstOrDefault(link => Next().IsMatch(link.Groups["parameters"].Value));
        return next is null ? null : new Uri(page, next.Groups["address"].Value.Trim());
    }

    /// <summary>The body, unpacked where the hub or a proxy packed it although that was not asked for.</summary>
    public static async Task<Stream> OpenBodyAsync(this HttpContent content, CancellationToken cancellationToken)
    {
        var stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        foreach (var encoding in content.Headers.ContentEncoding.Reverse())
        {
            stream = encoding.ToUpperInvariant() switch
            {
                "GZIP" or "X-GZIP" => new GZipStream(stream, CompressionMode.Decompress),
                "DEFLATE" => new ZLibStream(stream, CompressionMode.Decompress),
                "BR" => new BrotliStream(stream, CompressionMode.Decompress),
                "IDENTITY" => stream,
                _ =>
                    throw new AccessDeniedException(
                        $"A proxy sends the hub's answers in the encoding '{encoding}', which is not known. Ask the hub without it."),
            };
        }

        return stream;
    }

    /// <summary>
    /// The digest in an entity tag: without W/, quotes and what proxies append; empty where the tag is no digest, such as the MD5 of a
    /// content network.
    /// </summary>
    public static string ReadDigest(string? etag) => Digest().Match(etag ?? "") is { Success: true } match ? match.Groups[1].Value : "";

    [GeneratedRegex(@"\A(?:W/)?""?([0-9a-f]{64}|[0-9a-f]{40})(?:-gzip|;gzip|--gzip|-br)?""?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Digest();

    [GeneratedRegex(@"<(?<address>[^>]*)>(?<parameters>(?:\s*;\s*[^,;""]+(?:=?""[^""]*"")?)*)", RegexOptions.CultureInvariant)]
    private static partial Regex Link();

    // A link may have several relations: rel="last next".
    [
        GeneratedRegex(
            @";\s*rel\s*=\s*(?:""(?:[^""]*\s)?next(?:\s[^""]*)?""|next\s*(?:;|\z))",
            RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)
    ]
    private static partial Regex Next();
}
