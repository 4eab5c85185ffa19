using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Http.Resilience;
using Polly;
using PythiaOrleans.Checkpoints.Cache;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Checkpoints.Sources.Hub;

/// <summary>Speaks the hub's protocol: the tree of a revision, where a file lies, and ranges of its bytes. Retries what may heal; follows redirects itself.</summary>
internal sealed partial class HubClient : IDisposable
{
    private const int MaxRedirects = 8;

    private readonly HttpClient _http;
    private readonly SemaphoreSlim _connections;

    public HubClient(HubOptions options)
    {
        Options = options;
        Ceiling = new BandwidthCeiling(options.BytesPerSecond);
        _connections = new SemaphoreSlim(options.Connections);
        var pipeline = new ResiliencePipelineBuilder<HttpResponseMessage>()
            .AddRetry(new HttpRetryStrategyOptions
            {
                MaxRetryAttempts = options.Attempts,
                Delay = options.RetryDelay,
                MaxDelay = TimeSpan.FromMinutes(1),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldRetryAfterHeader = true,
            })
            .AddTimeout(options.ReadTimeout)
            .Build();
        // Redirects are ours: a handler that follows them either leaks the token to the other host or loses it on the same one.
        var transport = options.Transport ?? new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        _http = new HttpClient(new ResilienceHandler(pipeline) { InnerHandler = transport }) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("PythiaOrleans/0.1");
    }

    public HubOptions Options { get; }

    public BandwidthCeiling Ceiling { get; }

    /// <summary>The files in the root of a revision; null where the hub has no such repository or revision.</summary>
    public async Task<IReadOnlyList<HubFile>?> TreeAsync(string repository, string revision, CancellationToken cancellationToken)
    {
        var files = new List<HubFile>();
        var next = new Uri($"{Options.Endpoint.AbsoluteUri.TrimEnd('/')}/api/models/{repository}/tree/{Uri.EscapeDataString(revision)}");
        while (next is not null)
        {
            using var response = await SendAsync(HttpMethod.Get, next, null, cancellationToken).ConfigureAwait(false);
            if (IsAbsent(response))
            {
                return null;
            }

            Check(response, next);
            files.AddRange(ReadTree(next, await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false)));
            next = NextPage(next, response);
        }

        return files;
    }

    /// <summary>Asks where a file lies and which commit the revision means.</summary>
    /// <exception cref="FileNotFoundException">The hub has no such file there.</exception>
    public async Task<HubLocation> LocateAsync(string repository, string revision, string file, CancellationToken cancellationToken)
    {
        var url = UrlOf(repository, revision, file);
        // The digest and the commit are on the hub's own answer; the host that it redirects to knows neither.
        using var response = await SendAsync(HttpMethod.Head, url, null, cancellationToken, followToOtherHosts: false).ConfigureAwait(false);
        if (IsAbsent(response))
        {
            throw new FileNotFoundException($"{url}: the hub has no such file. `pythia models` lists the steps that are published.");
        }

        if ((int)response.StatusCode is < 300 or >= 400)
        {
            Check(response, url);
        }

        var commit = Header(response, "X-Repo-Commit") ?? "";
        return Commit().IsMatch(commit)
            ? new HubLocation(
                commit,
                Digest(Header(response, "X-Linked-Etag") ?? response.Headers.ETag?.ToString() ?? Header(response, "ETag")),
                long.TryParse(Header(response, "X-Linked-Size"), out var linked) ? linked : response.Content.Headers.ContentLength)
            : throw new IOException($"{url}: expected 40 hexadecimal digits in X-Repo-Commit, found '{commit}'. Is HF_ENDPOINT a hub?");
    }

    /// <summary>The bytes from <paramref name="start"/> on; dispose the response to free its connection.</summary>
    public async Task<RangeResponse> ReadAsync(Uri url, long start, long length, CancellationToken cancellationToken)
    {
        await _connections.WaitAsync(cancellationToken).ConfigureAwait(false);
        HttpResponseMessage? response = null;
        try
        {
            response = await SendAsync(HttpMethod.Get, url, new RangeHeaderValue(start, start + length - 1), cancellationToken).ConfigureAwait(false);
            Check(response, url);
            var range = response.Content.Headers.ContentRange;
            var whole = response.StatusCode != HttpStatusCode.PartialContent;
            return whole || (range is { From: { } from } && from == start)
                ? new RangeResponse(response, whole, _connections)
                : throw new IOException($"{url}: asked for bytes from {start}, got Content-Range '{range}'.");
        }
        catch
        {
            response?.Dispose();
            _connections.Release();
            throw;
        }
    }

    public Uri UrlOf(string repository, string revision, string file) =>
        new($"{Options.Endpoint.AbsoluteUri.TrimEnd('/')}/{repository}/resolve/{Uri.EscapeDataString(revision)}/{Uri.EscapeDataString(file)}");

    public void Dispose()
    {
        _http.Dispose();
        _connections.Dispose();
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, Uri url, RangeHeaderValue? range, CancellationToken cancellationToken, bool followToOtherHosts = true)
    {
        for (var hop = 0; ; hop++)
        {
            using var request = new HttpRequestMessage(method, url);
            request.Headers.Range = range;
            request.Headers.AcceptEncoding.ParseAdd("identity");
            if (Options.Token is { } token && IsEndpoint(url))
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            }

            var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            if (response.Headers.Location is not { } location || (int)response.StatusCode is < 300 or >= 400)
            {
                return response;
            }

            var target = new Uri(url, location);
            if (!followToOtherHosts && !IsEndpoint(target))
            {
                return response;
            }

            response.Dispose();
            if (hop == MaxRedirects || (url.Scheme == Uri.UriSchemeHttps && target.Scheme != Uri.UriSchemeHttps))
            {
                throw new IOException($"{url}: redirected to {target.GetLeftPart(UriPartial.Path)}, which is {(hop == MaxRedirects ? "one redirect too many" : "not encrypted")}.");
            }

            url = target;
        }
    }

    private bool IsEndpoint(Uri url) => url.Scheme == Options.Endpoint.Scheme && url.Authority.Equals(Options.Endpoint.Authority, StringComparison.OrdinalIgnoreCase);

    // Without a token the hub answers 401 for a repository that does not exist.
    private static bool IsAbsent(HttpResponseMessage response) => response.StatusCode == HttpStatusCode.NotFound
        || (response.StatusCode == HttpStatusCode.Unauthorized && Header(response, "X-Error-Code") == "RepoNotFound");

    private static void Check(HttpResponseMessage response, Uri url)
    {
        if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            throw new UnauthorizedAccessException(
                $"{url.GetLeftPart(UriPartial.Path)}: the hub answered {(int)response.StatusCode}. Set HF_TOKEN to a token that may read this repository, and accept its terms on the hub.");
        }

        if (!response.IsSuccessStatusCode)
        {
            throw new HttpRequestException($"{url.GetLeftPart(UriPartial.Path)}: the hub answered {(int)response.StatusCode}.", null, response.StatusCode);
        }
    }

    private static IEnumerable<HubFile> ReadTree(Uri url, byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var files = new List<HubFile>();
            foreach (var entry in document.RootElement.EnumerateArray())
            {
                var name = entry.GetProperty("path").GetString()!;
                var large = entry.TryGetProperty("lfs", out var lfs) && lfs.ValueKind == JsonValueKind.Object;
                var id = (large ? lfs : entry).GetProperty("oid").GetString()!;
                // Names become paths of the cache, and so do ids.
                if (entry.GetProperty("type").GetString() == "file" && Identifier.IsValid(name) && BlobDigest.IsDigest(id))
                {
                    files.Add(new HubFile(name, (large ? lfs : entry).GetProperty("size").GetInt64(), id));
                }
            }

            return files;
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new IOException($"{url}: expected a JSON list of files with path, size and oid, found something else ({error.Message}). Is HF_ENDPOINT a hub?", error);
        }
    }

    private static Uri? NextPage(Uri page, HttpResponseMessage response)
    {
        var link = response.Headers.TryGetValues("Link", out var links) ? links.FirstOrDefault(value => value.Contains("rel=\"next\"", StringComparison.Ordinal)) : null;
        var end = link?.IndexOf('>', StringComparison.Ordinal) ?? -1;
        return link is not null && link.StartsWith('<') && end > 0 ? new Uri(page, link[1..end]) : null;
    }

    private static string Digest(string? etag) => (etag ?? "").Replace("W/", "", StringComparison.Ordinal).Trim('"');

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) || response.Content.Headers.TryGetValues(name, out values) ? values.FirstOrDefault() : null;

    [GeneratedRegex(@"\A[0-9a-f]{40}\z")]
    private static partial Regex Commit();
}
