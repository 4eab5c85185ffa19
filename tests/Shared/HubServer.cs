using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace PythiaOrleans.Testing;

/// <summary>
/// Speaks the hub's protocol on one loopback port and is the content network on another: small files are served at once with git's digest
/// as their ETag, large ones redirect to the other host, with X-Linked-Etag and X-Linked-Size on the redirect only.
/// </summary>
internal sealed class HubServer : IAsyncDisposable
{
    private const int ChunkBytes = 1 << 16;

    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<(string Repository, string Revision), SortedDictionary<string, byte[]>> _files = new();
    private readonly ConcurrentDictionary<(string Repository, string Revision), int> _moves = new();
    private readonly ConcurrentDictionary<string, byte[]> _large = new();
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _sent;
    private long _milestone = long.MaxValue;

    private HubServer(WebApplication app, HubFaults faults)
    {
        _app = app;
        Faults = faults;
    }

    public HubFaults Faults { get; }

    public Uri Hub => new(_app.Urls.First());

    public Uri Content => new(_app.Urls.Last());

    /// <summary>Bytes of large files that left this server.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Every request.</summary>
    public ConcurrentQueue<Request> Requests { get; } = new();

    /// <summary>Files of a page of the tree.</summary>
    public int PageSize { get; set; } = 2;

    /// <summary>The token that private repositories ask for; null where all are public.</summary>
    public string? Token { get; init; }

    /// <summary>What the tree says of a large file's digest, where it lies.</summary>
    public string? FalseDigest { get; set; }

    /// <summary>Ends when so many bytes of large files have been sent.</summary>
    public Task SentAtLeast(long bytes)
    {
        _milestone = bytes;
        return _reached.Task;
    }

    public static async Task<HubServer> StartAsync(HubFaults? faults = null, string? token = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        var app = builder.Build();
        var server = new HubServer(app, faults ?? new HubFaults()) { Token = token };
        app.Run(server.AnswerAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    /// <summary>The branch points to another commit from now on.</summary>
    public void Move(string repository, string revision) =>
        _moves.AddOrUpdate((repository, revision), 1, (_, moves) => moves + 1);

    public string Commit(string repository, string revision)
    {
        var moves = new string('\'', _moves.GetValueOrDefault((repository, revision)));
        return Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes($"{repository}@{revision}{moves}")));
    }

    public static string GitDigest(byte[] bytes) =>
        Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {bytes.Length}\0"), .. bytes]));

    public static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public void Add(string repository, string revision, string name, byte[] bytes) =>
        _files.GetOrAdd((repository, revision), _ => new SortedDictionary<string, byte[]>(StringComparer.Ordinal))[name] = bytes;

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private static bool IsLarge(string name) => Path.GetExtension(name) is ".safetensors" or ".bin";

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        var isHub = context.Connection.LocalPort == Hub.Port;
        Requests.Enqueue(
            new Request(
                context.Request.Method,
                path,
                isHub,
                context.Request.Headers.Authorization.ToString(),
                context.Request.Headers.Range.ToString()));
        var words = path.Trim('/').Split('/');
        if (!isHub)
        {
            await SendLargeAsync(context, _large[words[^1]]);
        }
        else if (Token is not null && context.Request.Headers.Authorization != $"Bearer {Token}")
        {
            context.Response.StatusCode = 401;
        }
        else if (words is ["api", "models", var org, var name, "tree", var revision, .. var folder])
        {
            await SendTreeAsync(context, $"{org}/{name}", revision, string.Join('/', folder));
        }
        else if (words is ["api", "models", var publisher, var repository, "refs"])
        {
            await SendRefsAsync(context, $"{publisher}/{repository}");
        }
        else if (
            words is [var owner, var model, "resolve", var at, .. var file]
                && Find($"{owner}/{model}", at) is var (found, files)
                && files.TryGetValue(string.Join('/', file), out var bytes))
        {
            await SendFileAsync(context, $"{owner}/{model}", found, file[^1], bytes);
        }
        else
        {
            context.Response.StatusCode = 404;
        }
    }

    // A revision by its name or by its commit.
    private (string Revision, SortedDictionary<string, byte[]> Files)? Find(string repository, string revision)
    {
        if (_files.TryGetValue((repository, revision), out var named))
        {
            return (revision, named);
        }

        var found = _files.FirstOrDefault(
            entry =>
                entry.Key.Repository == repository
                    && (entry.Key.Revision == revision || Commit(repository, entry.Key.Revision) == revision));
        return found.Value is null ? null : (found.Key.Revision, found.Value);
    }

    private async Task SendRefsAsync(HttpContext context, string repository)
    {
        var revisions = _files.Keys.Where(key => key.Repository == repository).Select(key => key.Revision).ToArray();
        if (revisions.Length == 0)
        {
            context.Response.StatusCode = 401;
            context.Response.Headers["X-Error-Code"] = "RepoNotFound";
            return;
        }

        await context.Response.WriteAsJsonAsync(new
        {
            branches = revisions.Select(name => new { name, @ref = $"refs/heads/{name}", targetCommit = Commit(repository, name) }),
            tags = Array.Empty<object>(),
        });
    }

    private async Task SendTreeAsync(HttpContext context, string repository, string revision, string folder)
    {
        if (Find(repository, revision) is not var (_, all))
        {
            context.Response.StatusCode = 404;
            return;
        }

        var files = all.Where(file => (Path.GetDirectoryName(file.Key) ?? "") == folder).ToArray();
        if (files.Length == 0)
        {
            context.Response.StatusCode = 404;
            return;
        }

        var skip = int.Parse(context.Request.Query["cursor"].FirstOrDefault() ?? "0", CultureInfo.InvariantCulture);
        if (skip + PageSize < files.Length)
        {
            context.Response.Headers.Link = $"<{Hub}{context.Request.Path.Value![1..]}?cursor={skip + PageSize}>; rel=\"next\"";
        }

        await context.Response.WriteAsJsonAsync(files.Skip(skip).Take(PageSize).Select(object (file) => IsLarge(file.Key)
            ? new
            {
                type = "file",
                oid = new string('0', 40),
                size = file.Value.Length,
                path = file.Key,
                lfs = new { oid = FalseDigest ?? Sha256(file.Value), size = file.Value.Length, pointerSize = 134 },
            }
            : new { type = "file", oid = GitDigest(file.Value), size = file.Value.Length, path = file.Key }));
    }

    private async Task SendFileAsync(HttpContext context, string repository, string revision, string name, byte[] bytes)
    {
        context.Response.Headers["X-Repo-Commit"] = Commit(repository, revision);
        if (!IsLarge(name))
        {
            context.Response.Headers.ETag = $"\"{GitDigest(bytes)}\"";
            await SendAsync(context, bytes, counted: false);
            return;
        }

        var digest = Sha256(bytes);
        _large[digest] = bytes;
        context.Response.Headers["X-Linked-Etag"] = $"\"{FalseDigest ?? digest}\"";
        context.Response.Headers["X-Linked-Size"] = bytes.Length.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers.Location = $"{Content}signed/{digest}";
        context.Response.StatusCode = 302;
    }

    private async Task SendLargeAsync(HttpContext context, byte[] bytes)
    {
        if (Faults.Take(faults => faults.TooMany, (faults, left) => faults.TooMany = left))
        {
            context.Response.Headers.RetryAfter = Faults.RetryAfter.ToString(CultureInfo.InvariantCulture);
            context.Response.StatusCode = 429;
        }
        else if (Faults.Take(faults => faults.Unavailable, (faults, left) => faults.Unavailable = left))
        {
            context.Response.StatusCode = 503;
        }
        else
        {
            await SendAsync(context, bytes, counted: true);
        }
    }

    private async Task SendAsync(HttpContext context, byte[] bytes, bool counted)
    {
        var (start, end) = (0L, bytes.Length - 1L);
        if (context.Request.GetTypedHeaders().Range?.Ranges.Single() is { } range && !Faults.NoRanges)
        {
            (start, end) = (range.From!.Value, Math.Min(range.To ?? end, end));
            context.Response.StatusCode = 206;
            var shift = counted && start > 0 && Faults.Take(faults => faults.Misplaced, (faults, left) => faults.Misplaced = left) ? 1 : 0;
            context.Response.Headers.ContentRange = $"bytes {start - shift}-{end - shift}/{bytes.Length}";
        }

        context.Response.ContentLength = end - start + 1;
        if (context.Request.Method == "HEAD")
        {
            return;
        }

        var corrupt = counted
            && end - start > 1 << 19
            && Faults.Take(faults => faults.Corrupted, (faults, left) => faults.Corrupted = left);
        var stall = counted && Faults.Take(faults => faults.Stalled, (faults, left) => faults.Stalled = left);
        for (var at = start; at <= end; at += ChunkBytes)
        {
            var chunk = bytes.AsMemory((int)at, (int)Math.Min(ChunkBytes, end - at + 1));
            var pass = counted ? Faults.BeforeDrop(chunk.Length) : chunk.Length;
            var piece = corrupt ? chunk[..pass].ToArray().Select(value => (byte)~value).ToArray() : chunk[..pass];
            // Counted before they leave: a client that has all of them must not find a smaller count.
            var sent = Interlocked.Add(ref _sent, counted ? pass : 0);
            await context.Response.Body.WriteAsync(piece, context.RequestAborted);
            if (sent >= _milestone)
            {
                _reached.TrySetResult();
            }

            if (pass < chunk.Length)
            {
                context.Abort();
                return;
            }

            if (stall)
            {
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            }
        }
    }

    /// <summary>One request as the server saw it.</summary>
    internal sealed record Request(string Method, string Path, bool AtHub, string Authorization, string Range);
}
