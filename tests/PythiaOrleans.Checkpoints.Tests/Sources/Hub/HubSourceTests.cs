using System.Diagnostics;
using System.Text;
using PythiaOrleans.Checkpoints.Cache;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Sources.Hub;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Checkpoints.Tests;

public sealed class HubSourceTests
{
    private const string Repository = "lab/tiny";
    private static readonly CheckpointId Id = new("tiny", 1000);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static byte[] Config => Encoding.UTF8.GetBytes("""{"model_type":"gpt_neox"}""");

    [Fact]
    public async Task Metadata_IsKnownBeforeAnyByteIsFetched()
    {
        await using var server = await HubServer.StartAsync();
        using var folder = new TemporaryFolder();
        var weights = Fill(server, 3 << 20);
        using var source = Open(server, folder);

        Assert.Equal(weights.Length, await source.FindAsync(Id, Stop));
        Assert.Equal(HubServer.Sha256(weights), await source.DigestAsync(Id, Stop));
        Assert.Null(await source.FindAsync(Id with { Step = 7 }, Stop));
        Assert.Null(await source.FindAsync(new CheckpointId("unknown", 1000), Stop));
        Assert.Equal(0, server.Sent);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Root));
    }

    [Fact]
    public async Task Fetch_GivesVerifiedFilesInThePythonToolsLayout()
    {
        await using var server = await HubServer.StartAsync();
        using var folder = new TemporaryFolder();
        var weights = Fill(server, 3 << 20);
        using var source = Open(server, folder);
        using var files = await source.FetchAsync(Id, Stop);

        var repository = folder["models--lab--tiny"];
        var commit = server.Commit(Repository, "step1000");
        Assert.Equal(commit, await File.ReadAllTextAsync(Path.Combine(repository, "refs", "step1000"), Stop));
        Assert.Equal(Path.Combine(repository, "snapshots", commit, "model.safetensors"), Assert.Single(files.Weights));
        Assert.Equal($"../../blobs/{HubServer.Sha256(weights)}", new FileInfo(files.Weights[0]).LinkTarget);
        Assert.Equal($"../../blobs/{HubServer.GitDigest(Config)}", new FileInfo(files.Config).LinkTarget);
        Assert.Equal(weights, await File.ReadAllBytesAsync(files.Weights[0], Stop));
        Assert.Equal(Config, await File.ReadAllBytesAsync(files.Config, Stop));
        Assert.Equal(3, Directory.GetFiles(Path.Combine(repository, "blobs")).Length);
    }

    [Fact]
    public async Task Cached_IsWhatLiesThereWholeAndNothingElse()
    {
        await using var server = await HubServer.StartAsync();
        using var folder = new TemporaryFolder();
        Fill(server, 1 << 20);
        using var source = Open(server, folder);
        Assert.Empty(source.Cached(["tiny"]));

        (await source.FetchAsync(Id, Stop)).Dispose();
        Assert.Equal([Id], source.Cached(["tiny"]));
        using var anew = Open(server, folder); // a silo that starts knows what its predecessor fetched
        Assert.Equal([Id], anew.Cached(["tiny"]));

        Assert.Equal(0, await new CheckpointCache(folder.Root).PruneAsync(0, Stop));
        Assert.Empty(anew.Cached(["tiny"]));
    }

    [Fact]
    public async Task Fetch_OfWhatThePythonToolsLeft_TransfersNothing()
    {
        await using var server = await HubServer.StartAsync();
        using var folder = new TemporaryFolder();
        var weights = Fill(server, 1 << 20);
        var repository = folder["models--lab--tiny"];
        Directory.CreateDirectory(Path.Combine(repository, "blobs"));
        await File.WriteAllBytesAsync(Path.Combine(repository, "blobs", HubServer.Sha256(weights)), weights, Stop);

        using var source = Open(server, folder);
        using var files = await source.FetchAsync(Id, Stop);

        Assert.Equal(0, server.Sent);
        Assert.Equal(weights, await File.ReadAllBytesAsync(files.Weights[0], Stop));
    }

    [Fact]
    public async Task Fetch_OfAnUnfinishedFileOfThePythonTools_ContinuesIt()
    {
        await using var server = await HubServer.StartAsync();
        using var folder = new TemporaryFolder();
        var weights = Fill(server, 8 << 20);
        var blobs = Directory.CreateDirectory(Path.Combine(folder.Root, "models--lab--tiny", "blobs")).FullName;
        await File.WriteAllBytesAsync(Path.Combine(blobs, $"{HubServer.Sha256(weights)}.incomplete"), weights[..(5 << 20)], Stop);

        using var source = Open(server, folder);
        using var files = await source.FetchAsync(Id, Stop);

        Assert.Equal(3 << 20, server.Sent);
        Assert.Equal(weights, await File.ReadAllBytesAsync(files.Weights[0], Stop));
    }

    [Fact]
    public async Task Fetch_Twice_AsksForNoFileAgain()
    {
        await using var server = await HubServer.StartAsync();
        using var folder = new TemporaryFolder();
        var weights = Fill(server, 1 << 20);
        using (var source = Open(server, folder))
        {
            (await source.FetchAsync(Id, Stop)).Dispose();
        }

        server.Requests.Clear();
        using (var source = Open(server, folder))
        {
            (await source.FetchAsync(Id, Stop)).Dispose();
        }

        Assert.All(server.Requests, request => Assert.Contains("/tree/", request.Path, StringComparison.Ordinal));
        Assert.Equal(weights.Length, server.Sent);
    }

    [Fact]
    public async Task Offline_ReadsTheCacheAndAsksNobody()
    {
        await using var server = await HubServer.StartAsync();
        using var folder = new TemporaryFolder();
        var weights = Fill(server, 1 << 20);
        using (var online = Open(server, folder))
        {
            (await online.FetchAsync(Id, Stop)).Dispose();
        }

        server.Requests.Clear();
        using var offline = Open(server, folder, options => options with { Offline = true });
        using var files = await offline.FetchAsync(Id, Stop);

        Assert.Equal(weights, await File.ReadAllBytesAsync(files.Weights[0], Stop));
        Assert.Equal(weights.Length, await offline.FindAsync(Id, Stop));
        Assert.Null(await offline.FindAsync(Id with { Step = 2000 }, Stop));
        var error = await Assert.ThrowsAsync<FileNotFoundException>(async () => await offline.FetchAsync(Id with { Step = 2000 }, Stop));
        Assert.Contains("HF_HUB_OFFLINE", error.Message, StringComparison.Ordinal);
        Assert.Empty(server.Requests);

        // A link to a file that is gone is no file.
        files.Dispose();
        File.Delete(Path.Combine(folder.Root, "models--lab--tiny", "blobs", HubServer.Sha256(weights)));
        Assert.Null(await offline.FindAsync(Id, Stop));
        await Assert.ThrowsAsync<FileNotFoundException>(async () => await offline.FetchAsync(Id, Stop));
    }

    [Fact]
    public async Task Token_GoesToTheHubAndToNoOtherHost()
    {
        await using var server = await HubServer.StartAsync(token: "secret");
        using var folder = new TemporaryFolder();
        Fill(server, 1 << 20);
        using (var source = Open(server, folder, options => options with { Token = "secret" }))
        {
            (await source.FetchAsync(Id, Stop)).Dispose();
        }

        Assert.All(server.Requests.Where(request => request.AtHub), request => Assert.Equal("Bearer secret", request.Authorization));
        Assert.Contains(server.Requests, request => !request.AtHub);
        Assert.All(server.Requests.Where(request => !request.AtHub), request => Assert.Equal("", request.Authorization));

        using var stranger = Open(server, folder);
        var error = await Assert.ThrowsAsync<AccessDeniedException>(async () => await stranger.FindAsync(Id, Stop));
        Assert.Contains("HF_TOKEN", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BadRoad_DeliversTheFileForAtMost15PercentMore()
    {
        const int Bytes = 60_000_000;
        await using var server = await HubServer.StartAsync(
            new HubFaults { DropEvery = 2_400_000, TooMany = 3, Unavailable = 3, Corrupted = 1, Misplaced = 2 });
        using var folder = new TemporaryFolder();
        var weights = Fill(server, Bytes);
        using var source = Open(server, folder);
        using var files = await source.FetchAsync(Id, Stop);

        Assert.Equal(HubServer.Sha256(weights), HubServer.Sha256(await File.ReadAllBytesAsync(files.Weights[0], Stop)));
        Assert.Equal((0, 0, 0, 0), (server.Faults.TooMany, server.Faults.Unavailable, server.Faults.Corrupted, server.Faults.Misplaced));
        TestContext.Current.SendDiagnosticMessage($"transferred {server.Sent / (double)Bytes:0.000} of the size");
        Assert.InRange(server.Sent, Bytes, (long)(Bytes * 1.15));
    }

    [Fact]
    public async Task Fetch_CutOff_ContinuesInTheNextProcess()
    {
        const int Bytes = 20_000_000;
        await using var server = await HubServer.StartAsync();
        using var folder = new TemporaryFolder();
        var weights = Fill(server, Bytes);
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        using (var first = Open(server, folder, options => options with { BytesPerSecond = 8_000_000 }))
        {
            var half = server.SentAtLeast(Bytes / 2);
            var running = first.FetchAsync(Id, cut.Token).AsTask();
            await half.WaitAsync(TimeSpan.FromSeconds(60), Stop);
            await cut.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        }

        var before = server.Sent;
        using var second = Open(server, folder);
        using var files = await second.FetchAsync(Id, Stop);
        Assert.Equal(weights, await File.ReadAllBytesAsync(files.Weights[0], Stop));
        // What stood in buffers is lost; what was written is not asked for again.
        Assert.InRange(server.Sent - before, 1, (Bytes / 2) + 10_000_000 - 1);
        Assert.Empty(Directory.GetFiles(Path.Combine(folder.Root, "models--lab--tiny", "blobs"), "*.p*"));
    }

    [Fact]
    public async Task Retry_WaitsAsLongAsTheHubAsks()
    {
        await using var server = await HubServer.StartAsync(new HubFaults { TooMany = 1, RetryAfter = 2 });
        using var folder = new TemporaryFolder();
        Fill(server, 1000);
        using var source = Open(server, folder);
        var watch = Stopwatch.StartNew();
        (await source.FetchAsync(Id, Stop)).Dispose();
        Assert.InRange(watch.Elapsed.TotalSeconds, 1.9, 30);
    }

    /// <summary>
    /// Ten broken connections, each after some bytes, use up none of the file's attempts: only failures in a row without a new byte do.
    /// </summary>
    [Fact]
    public async Task Progress_ForgivesFailures()
    {
        await using var server = await HubServer.StartAsync(new HubFaults { DropEvery = 100_000 });
        using var folder = new TemporaryFolder();
        var weights = Fill(server, 1 << 20);
        using var source = Open(server, folder, options => options with { Attempts = 3, Connections = 1 });
        using var files = await source.FetchAsync(Id, Stop);
        Assert.Equal(weights, await File.ReadAllBytesAsync(files.Weights[0], Stop));
    }

    /// <summary>An encrypted hub that redirects to an address that is not: everybody on the way could read and change what comes.</summary>
    [Fact]
    public async Task Redirect_FromHttpsToHttp_IsRefused()
    {
        using var folder = new TemporaryFolder();
        using var network = new FakeNetwork(request => request.RequestUri!.Scheme == "https"
            ? new HttpResponseMessage(System.Net.HttpStatusCode.Found) { Headers = { Location = new Uri("http://hub.example/elsewhere") } }
            : new HttpResponseMessage { Content = new StringContent("[]") });
        using var source = new HubSource(
            new HubOptions
            {
                Endpoint = new Uri("https://hub.example"),
                CacheFolder = folder.Root,
                Transport = network,
                Attempts = 1,
            }, model => new HubModel($"lab/{model}"));
        var error = await Assert.ThrowsAnyAsync<Exception>(async () => await source.FindAsync(Id, Stop));
        Assert.Contains("not encrypted", error.Message, StringComparison.Ordinal);
        Assert.All(network.Requests, address => Assert.Equal("https", address.Scheme));
    }

    [Fact]
    public async Task Answer_ThatStalls_IsGivenUpAndContinued()
    {
        await using var server = await HubServer.StartAsync(new HubFaults { Stalled = 1 });
        using var folder = new TemporaryFolder();
        var weights = Fill(server, 4 << 20);
        using var source = Open(server, folder, options => options with { ReadTimeout = TimeSpan.FromMilliseconds(500) });
        using var files = await source.FetchAsync(Id, Stop);
        Assert.Equal(weights, await File.ReadAllBytesAsync(files.Weights[0], Stop));
    }

    [Fact]
    public async Task Server_WithoutRanges_IsReadAllTheSame()
    {
        await using var server = await HubServer.StartAsync(new HubFaults { NoRanges = true });
        using var folder = new TemporaryFolder();
        var weights = Fill(server, 3 << 20);
        using var source = Open(server, folder);
        using var files = await source.FetchAsync(Id, Stop);
        Assert.Equal(weights, await File.ReadAllBytesAsync(files.Weights[0], Stop));
    }

    [Fact]
    public async Task Bytes_OtherThanPromised_AreRefusedAndLeaveNoBlob()
    {
        await using var server = await HubServer.StartAsync();
        using var folder = new TemporaryFolder();
        Fill(server, 2 << 20);
        server.FalseDigest = new string('a', 64);
        using var source = Open(server, folder);
        var error = await Assert.ThrowsAsync<CheckpointFormatException>(async () => await source.FetchAsync(Id, Stop));
        Assert.Contains(server.FalseDigest, error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder.Root, "models--lab--tiny", "blobs", server.FalseDigest)));
    }

    [Fact]
    public async Task Hub_ThatIsDown_IsGivenUpAfterTheAttempts()
    {
        await using var server = await HubServer.StartAsync(new HubFaults { Unavailable = 1000 });
        using var folder = new TemporaryFolder();
        Fill(server, 1000);
        using var source = Open(server, folder, options => options with { Attempts = 2 });
        await Assert.ThrowsAsync<SourceUnavailableException>(async () => await source.FetchAsync(Id, Stop));
    }

    [Fact]
    public async Task Ceiling_HoldsOverAllConnections()
    {
        await using var server = await HubServer.StartAsync();
        using var folder = new TemporaryFolder();
        Fill(server, 4_000_000);
        using var source = Open(server, folder, options => options with { BytesPerSecond = 2_000_000 });
        var watch = Stopwatch.StartNew();
        (await source.FetchAsync(Id, Stop)).Dispose();
        Assert.InRange(watch.Elapsed.TotalSeconds, 1.9, 30);
    }

    [Fact]
    public async Task Shards_AreFetchedWithTheirIndexAndKnownByOneDigest()
    {
        await using var server = await HubServer.StartAsync();
        using var folder = new TemporaryFolder();
        byte[][] shards = [Noise(300_000, 1), Noise(200_000, 2)];
        server.Add(Repository, "step1000", "config.json", Config);
        server.Add(Repository, "step1000", "pytorch_model-00001-of-00002.bin", shards[0]);
        server.Add(Repository, "step1000", "pytorch_model-00002-of-00002.bin", shards[1]);
        server.Add(
            Repository,
            "step1000",
            "pytorch_model.bin.index.json",
            """{"weight_map":{"a":"pytorch_model-00001-of-00002.bin","b":"pytorch_model-00002-of-00002.bin"}}"""u8.ToArray());
        using var source = Open(server, folder);

        Assert.Equal(500_000, await source.FindAsync(Id, Stop));
        Assert.Equal(
            HubServer.Sha256(
                Encoding.ASCII.GetBytes(
                    $"{HubServer.Sha256(shards[0])}\n{HubServer.Sha256(shards[1])}")), await source.DigestAsync(Id, Stop));
        using var files = await source.FetchAsync(Id, Stop);
        Assert.Equal(["pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"], files.Weights.Select(Path.GetFileName));
    }

    [Fact]
    public async Task Revision_WithoutWeights_SaysWhatItFound()
    {
        await using var server = await HubServer.StartAsync();
        using var folder = new TemporaryFolder();
        server.Add(Repository, "step1000", "README.md", Config);
        using var source = Open(server, folder);
        Assert.Null(await source.FindAsync(Id, Stop));
        var error = await Assert.ThrowsAsync<FileNotFoundException>(async () => await source.FetchAsync(Id, Stop));
        Assert.Contains("README.md", error.Message, StringComparison.Ordinal);
    }

    internal static byte[] Noise(int bytes, int seed)
    {
        var noise = new byte[bytes];
        new Random(seed).NextBytes(noise);
        return noise;
    }

    internal static HubSource Open(HubServer server, TemporaryFolder folder, Func<HubOptions, HubOptions>? change = null)
    {
        var options = new HubOptions
        {
            Endpoint = server.Hub,
            CacheFolder = folder.Root,
            Connections = 4,
            RetryDelay = TimeSpan.FromMilliseconds(10),
        };
        return new HubSource(change?.Invoke(options) ?? options, model => new HubModel($"lab/{model}"));
    }

    private static byte[] Fill(HubServer server, int bytes)
    {
        var weights = Noise(bytes, bytes);
        server.Add(Repository, "step1000", "config.json", Config);
        server.Add(Repository, "step1000", "model.safetensors", weights);
        server.Add(Repository, "step1000", "tokenizer.json", "{}"u8.ToArray());
        return weights;
    }
}
