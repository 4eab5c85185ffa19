using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Checkpoints.Sources.Hub;

/// <summary>Speaks the hub's protocol: the tree of a revision, where a file lies, and ranges of its bytes.</summary>
internal sealed partial class HubClient : IDisposable
{
    private readonly HubTransport _transport;
    private readonly SemaphoreSlim _connections;

    public HubClient(HubOptions options)
    {
        Options = options;
        Ceiling = new BandwidthCeiling(options.BytesPerSecond);
        _connections = new SemaphoreSlim(options.Connections);
        _transport = new HubTransport(options);
    }

    public HubOptions Options { get; }

    public BandwidthCeiling Ceiling { get; }

    /// <summary>The files of a revision's folder; null where the repository has no such revision or folder.</summary>
    /// <param name="address">Which folder.</param>
    /// <param name="retry">False gives up after a few seconds, for callers that can do without an answer.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="AccessDeniedException">The repository is gated, private or does not exist, or what answers is no hub.</exception>
    /// <exception cref="SourceUnavailableException">The hub does not answer, or not now.</exception>
    public async Task<IReadOnlyList<HubFile>?> TreeAsync(HubAddress address, bool retry, CancellationToken cancellationToken)
    {
        var files = new List<HubFile>();
        var pages = new HashSet<Uri>();
        var folder = address.Folder.Length == 0 ? "" : $"/{Escape(address.Folder)}";
        var next = new Uri($"{Base}/api/models/{address.Repository}/tree/{Uri.EscapeDataString(address.Revision)}{folder}");
        while (next is not null)
        {
            if (!pages.Add(next))
            {
                throw new AccessDeniedException(
                    $"{next}: this page of the tree was read already. The hub's Link headers lead in a circle: is HF_ENDPOINT a hub?");
            }

            using var response = await _transport.SendAsync(HttpMethod.Get, next, null, followToOtherHosts: true, retry, cancellationToken)
                .ConfigureAwait(false);
            if (response.IsAbsent())
            {
                return null;
            }

            response.ThrowIfRefused(next, Options.Token is not null);
            files.AddRange(await HubTree.ReadAsync(response, next, address.Folder, cancellationToken).ConfigureAwait(false));
            next = response.NextPage(next);
        }

        return files;
    }

    /// <summary>A repository's branches and tags, each with its commit.</summary>
    /// <exception cref="AccessDeniedException">The repository is private or does not exist, or what answers is no hub.</exception>
    /// <exception cref="SourceUnavailableException">The hub does not answer, or not now.</exception>
    public async Task<IReadOnlyDictionary<string, string>> RefsAsync(string repository, bool retry, CancellationToken cancellationToken)
    {
        var url = new Uri($"{Base}/api/models/{repository}/refs");
        using var response = await _transport.SendAsync(HttpMethod.Get, url, null, followToOtherHosts: true, retry, cancellationToken)
            .ConfigureAwait(false);
        response.ThrowIfRefused(url, Options.Token is not null);
        return await HubRefs.ReadAsync(response, url, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks where a file lies and which commit the revision means.</summary>
    /// <exception cref="FileNotFoundException">The hub has no such file there.</exception>
    public async Task<HubLocation> LocateAsync(HubAddress address, string file, CancellationToken cancellationToken)
    {
        var url = UrlOf(address, file);
        using var response = await AskAsync(url, followToOtherHosts: false, cancellationToken).ConfigureAwait(false);
        if (response.IsAbsent())
        {
            throw new FileNotFoundException($"{url}: the hub has no such file. `pythia models` lists the steps that are published.");
        }

        if (!response.IsRedirect())
        {
            response.ThrowIfRefused(url, Options.Token is not null);
        }

        if (response.IsRedirect() && response.Header("X-Repo-Commit") is null && response.Header("X-Linked-Etag") is null)
        {
            // A mirror that redirects to another hub: that one's answer has the headers, a content network's has not.
            using var further = await AskAsync(url, followToOtherHosts: true, cancellationToken).ConfigureAwait(false);
            return further.IsSuccessStatusCode ? Describe(further) : new HubLocation(null, "", null);
        }

        return Describe(response);
    }

    /// <summary>The bytes from <paramref name="start"/> on; dispose the response to free its connection.</summary>
    public async Task<RangeResponse> ReadAsync(Uri url, long start, long length, CancellationToken cancellationToken)
    {
        await _connections.WaitAsync(cancellationToken).ConfigureAwait(false);
        HttpResponseMessage? response = null;
        try
        {
            response = await _transport
                .SendAsync(
                    HttpMethod.Get,
                    url,
                    new RangeHeaderValue(start, start + length - 1),
                    followToOtherHosts: true,
                    retry: true,
                    cancellationToken)
                .ConfigureAwait(false);
            response.ThrowIfRefused(url, Options.Token is not null);
            var range = response.Content.Headers.ContentRange;
            var whole = response.StatusCode != HttpStatusCode.PartialContent;
            return whole || (range is { From: { } from } && from == start)
                ? new RangeResponse(response, whole, _connections)
                : throw new IOException($"{url.GetLeftPart(UriPartial.Path)}: asked for bytes from {start}, got Content-Range '{range}'.");
        }
        catch
        {
            response?.Dispose();
            _connections.Release();
            throw;
        }
    }

    public Uri UrlOf(HubAddress address, string file) =>
        new($"{Base}/{address.Repository}/resolve/{Uri.EscapeDataString(address.Revision)}/{Escape(address.PathOf(file))}");

    public void Dispose()
    {
        _transport.Dispose();
        _connections.Dispose();
    }

    private static string Escape(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    private string Base => Options.Endpoint.AbsoluteUri.TrimEnd('/');

    // The digest and the commit are on the hub's own answer; the host that it redirects to knows neither. Some mirrors do not answer HEAD.
    private async Task<HttpResponseMessage> AskAsync(Uri url, bool followToOtherHosts, CancellationToken cancellationToken)
    {
        var response = await _transport.SendAsync(HttpMethod.Head, url, null, followToOtherHosts, retry: true, cancellationToken)
            .ConfigureAwait(false);
        if (response.StatusCode is not (HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented))
        {
            return response;
        }

        response.Dispose();
        return await _transport.SendAsync(
            HttpMethod.Get, url, new RangeHeaderValue(0, 0), followToOtherHosts, retry: true, cancellationToken)
            .ConfigureAwait(false);
    }

    // Mirrors leave some of these headers out. What is not said is not compared; the digest of the tree still is.
    private static HubLocation Describe(HttpResponseMessage response)
    {
        var commit = response.Header("X-Repo-Commit") ?? "";
        return new HubLocation(
            Commit().IsMatch(commit) ? commit : null,
            HubAnswer.ReadDigest(response.Header("X-Linked-Etag") ?? response.Header("ETag")),
            long.TryParse(response.Header("X-Linked-Size"), out var linked) ? linked : LengthOf(response));
    }

    // Of a redirect the length is that of its own text; of packed content, that of the package.
    private static long? LengthOf(HttpResponseMessage response) =>
        response.IsRedirect() || response.Content.Headers.ContentEncoding.Count > 0
        ? null
        : response.StatusCode == HttpStatusCode.PartialContent
            ? response.Content.Headers.ContentRange?.Length
            : response.Content.Headers.ContentLength;

    [GeneratedRegex(@"\A[0-9a-f]{40}\z")]
    private static partial Regex Commit();
}
