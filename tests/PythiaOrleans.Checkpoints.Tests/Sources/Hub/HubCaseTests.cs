using System.Diagnostics;
using PythiaOrleans.Checkpoints.Sources.Hub;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Checkpoints.Tests;

/// <summary>What people reported of hubs, proxies and mirrors.</summary>
public sealed class HubCaseTests : IDisposable
{
    private static readonly CheckpointId Id = new("mine", 10);

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// What a mirror, a proxy or another version of the hub leaves out, packs or words otherwise: the bytes are the same.
    /// </summary>
    [Theory]
    [InlineData("page=1", "firstlink")]
    [InlineData("page=1")]
    [InlineData("gzip")]
    [InlineData("gzipfiles")]
    [InlineData("weak")]
    [InlineData("weakgzip")]
    [InlineData("weakgzip", "resolvecache")]
    [InlineData("resolvecache", "xet")]
    [InlineData("nolinked")]
    [InlineData("nolinkedmd5")]
    [InlineData("nohead")]
    [InlineData("nohead", "nolinkedmd5", "nocommit")]
    [InlineData("nocommit")]
    [InlineData("absmirror")]
    [InlineData("chunked")]
    [InlineData("renamed=me/mine:you/yours")]
    [InlineData("err500=3")]
    [InlineData("casnohead")]
    public async Task Checkpoint_OfAnUnusualHub_IsFetchedWhole(params string[] flags)
    {
        var root = await MakeAsync("pages-with-a-first-link");
        if (flags[0].StartsWith("renamed", StringComparison.Ordinal))
        {
            Directory.Move(Path.Combine(root, "hub", "me"), Path.Combine(root, "hub", "you"));
            Directory.Move(Path.Combine(root, "hub", "you", "mine"), Path.Combine(root, "hub", "you", "yours"));
        }

        await using var hub = await FakeHub.StartAsync(Path.Combine(root, "hub"), _folder.Root, flags);
        using var source = Open(hub.Endpoint);
        var served = Directory.GetFiles(Path.Combine(root, "hub"), "model.safetensors", SearchOption.AllDirectories)
            .Single(file => file.Contains("step10", StringComparison.Ordinal));

        Assert.Equal(new FileInfo(served).Length, await source.FindAsync(Id, Stop));
        using var files = await source.FetchAsync(Id, Stop);
        Assert.Equal(await File.ReadAllBytesAsync(served, Stop), await File.ReadAllBytesAsync(files.Weights[0], Stop));
        Assert.NotNull(files.Tokenizer);
    }

    /// <summary>Refusals are permanent, come within seconds, and say what to do.</summary>
    [Theory]
    [InlineData("gated401", "accepted its terms")]
    [InlineData("gated403", "accepted its terms")]
    [InlineData("token=hf_abc", "private")]
    [InlineData("html", "web page")]
    [InlineData("casxml", "HF_TOKEN")]
    public async Task Refusal_IsAccessDeniedWithAdvice(string flag, string advice)
    {
        var root = await MakeAsync("gated-repository-never-ends");
        await using var hub = await FakeHub.StartAsync(Path.Combine(root, "hub"), _folder.Root, flag);
        using var source = Open(hub.Endpoint);
        var error = await Assert.ThrowsAsync<AccessDeniedException>(async () => await source.FetchAsync(Id, Stop));
        Assert.Contains(advice, error.Message, StringComparison.Ordinal);
        Assert.True(hub.Requests.Length <= 12, $"{hub.Requests.Length} requests");
    }

    [Fact]
    public async Task Repository_ThatDoesNotExist_IsToldApartFromARevision()
    {
        var root = await MakeAsync("private-repository-without-token");
        await using var hub = await FakeHub.StartAsync(Path.Combine(root, "hub"), _folder.Root, "token=hf_abc");
        using var member = Open(hub.Endpoint, options => options with { Token = "hf_abc" });
        Assert.NotNull(await member.FindAsync(Id, Stop));
        Assert.Null(await member.FindAsync(Id with { Step = 7 }, Stop));
        var error = await Assert.ThrowsAsync<AccessDeniedException>(
            async () => await member.FindAsync(new CheckpointId("other", 10), Stop));
        Assert.Contains("does not exist", error.Message, StringComparison.Ordinal);
    }

    /// <summary>One refused request, then the wait that the answer named, and not a second more of guessing.</summary>
    [Fact]
    public async Task RateLimit_IsWaitedForAsLongAsItSays()
    {
        var root = await MakeAsync("rate-limit-window");
        await using var hub = await FakeHub.StartAsync(Path.Combine(root, "hub"), _folder.Root, "ratelimit=1:3");
        using var source = Open(hub.Endpoint);
        var watch = Stopwatch.StartNew();
        Assert.NotNull(await source.FindAsync(Id, Stop));
        Assert.InRange(watch.Elapsed.TotalSeconds, 2.9, 30);
        Assert.Equal(2, hub.Requests.Length);
    }

    [Fact]
    public async Task RateLimit_ThatDoesNotEnd_SaysThatATokenRaisesIt()
    {
        var root = await MakeAsync("rate-limit-window");
        await using var hub = await FakeHub.StartAsync(Path.Combine(root, "hub"), _folder.Root, "ratelimit=100:0");
        using var source = Open(hub.Endpoint, options => options with { Attempts = 2 });
        var error = await Assert.ThrowsAsync<SourceUnavailableException>(async () => await source.FindAsync(Id, Stop));
        Assert.Contains("rate limit", error.Message, StringComparison.Ordinal);
        Assert.Contains("HF_TOKEN", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The hub is gone, or answers nothing, or errors: what the cache holds whole is used within seconds.</summary>
    [Theory]
    [InlineData("gone")]
    [InlineData("err500=1000")]
    [InlineData("delay=60")]
    [InlineData("ratelimit=1000:290")]
    public async Task Hub_ThatIsDown_IsReplacedByTheCache(string how)
    {
        var root = await MakeAsync("pages-with-a-first-link");
        await using (var hub = await FakeHub.StartAsync(Path.Combine(root, "hub"), _folder.Root))
        {
            using var online = Open(hub.Endpoint);
            (await online.FetchAsync(Id, Stop)).Dispose();
        }

        await using var down = how == "gone" ? null : await FakeHub.StartAsync(Path.Combine(root, "hub"), _folder.Root, how);
        using var source = Open(
            down?.Endpoint ?? new Uri("http://127.0.0.1:9"),
            options => options with { Attempts = 8, RetryDelay = TimeSpan.FromSeconds(1), QuickTimeout = TimeSpan.FromSeconds(2) });
        var watch = Stopwatch.StartNew();
        Assert.NotNull(await source.FindAsync(Id, Stop));
        using var files = await source.FetchAsync(Id, Stop);
        Assert.True(File.Exists(files.Weights[0]));
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 20);
    }

    [Fact]
    public async Task Hub_ThatIsDownAndNotCached_IsUnavailable()
    {
        using var source = Open(new Uri("http://127.0.0.1:9"), options => options with { Attempts = 2 });
        await Assert.ThrowsAsync<SourceUnavailableException>(async () => await source.FindAsync(Id, Stop));
    }

    /// <summary>
    /// The cache of another tool holds a file of the right name and length with other bytes: online it is fetched again, offline it is
    /// refused.
    /// </summary>
    [Fact]
    public async Task DamagedFile_InTheSharedCache_IsNeverMeasured()
    {
        var root = await MakeAsync("damaged-file-in-the-shared-cache");
        await using var hub = await FakeHub.StartAsync(Path.Combine(root, "hub"), _folder.Root, "resolvecache", "xet");
        var cache = Path.Combine(root, "hf", "hub");
        using (var offline = Open(hub.Endpoint, options => options with { CacheFolder = cache, Offline = true }))
        {
            var error = await Assert.ThrowsAsync<Formats.CheckpointFormatException>(async () => await offline.FetchAsync(Id, Stop));
            Assert.Contains("pythia cache repair", error.Message, StringComparison.Ordinal);
        }

        using var source = Open(hub.Endpoint, options => options with { CacheFolder = cache });
        using var files = await source.FetchAsync(Id, Stop);
        Assert.Equal(
            await File.ReadAllBytesAsync(Path.Combine(root, "hub", "me", "mine", "step10", "model.safetensors"), Stop),
            await File.ReadAllBytesAsync(files.Weights[0], Stop));
    }

    private Task<string> MakeAsync(string name) => CaseFolder.MakeAsync(name, _folder["case"]);

    private HubSource Open(Uri endpoint, Func<HubOptions, HubOptions>? change = null)
    {
        var options = new HubOptions
        {
            Endpoint = endpoint,
            CacheFolder = _folder["cache"],
            Attempts = 5,
            RetryDelay = TimeSpan.FromMilliseconds(10),
        };
        return new HubSource(change?.Invoke(options) ?? options, model => new HubModel($"me/{model}"));
    }
}
