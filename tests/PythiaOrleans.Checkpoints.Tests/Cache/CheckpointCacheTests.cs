using PythiaOrleans.Checkpoints.Cache;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Checkpoints.Tests;

public sealed class CheckpointCacheTests
{
    private const string Repository = "models--lab--tiny";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Bound_EvictsWhatWasUsedLongestAgo()
    {
        using var folder = new TemporaryFolder();
        var cache = new CheckpointCache(folder.Root, maxBytes: 3000);
        var (a, b, c, d) = (await PutAsync(cache, 1, 1000), await PutAsync(cache, 2, 1000), await PutAsync(cache, 3, 1000), Content(4, 1000));
        Age(cache, a, days: 2);
        Age(cache, b, days: 3);
        Age(cache, c, days: 1);
        // Used again: not the oldest any more.
        (await cache.FetchAsync(Repository, b, 1000, NoDownload, Stop)).Dispose();

        Assert.Equal(HubServer.Sha256(d), await PutAsync(cache, 4, 1000));
        Assert.Equal(new[] { b, c, HubServer.Sha256(d) }.Order(StringComparer.Ordinal), Blobs(folder));
    }

    [Fact]
    public async Task File_InUse_IsNeverEvicted()
    {
        using var folder = new TemporaryFolder();
        var cache = new CheckpointCache(folder.Root, maxBytes: 2000);
        var old = await PutAsync(cache, 1, 1000);
        Age(cache, old, days: 9);
        using (await cache.FetchAsync(Repository, old, 1000, NoDownload, Stop))
        {
            Age(cache, old, days: 9);
            var other = await PutAsync(cache, 2, 1000);
            await PutAsync(cache, 3, 1000);
            Assert.Contains(old, Blobs(folder));
            Assert.DoesNotContain(other, Blobs(folder));
            var error = await Assert.ThrowsAsync<SourceUnavailableException>(() => PutAsync(cache, 4, 1500));
            Assert.Contains("PYTHIA_CACHE_BYTES", error.Message, StringComparison.Ordinal);
        }

        await PutAsync(cache, 4, 1500);
        Assert.DoesNotContain(old, Blobs(folder));
    }

    /// <summary>Waiting cannot help: this is no outage.</summary>
    [Fact]
    public async Task File_LargerThanTheBound_IsRefusedForGood()
    {
        using var folder = new TemporaryFolder();
        var error = await Assert.ThrowsAsync<AccessDeniedException>(() => PutAsync(new CheckpointCache(folder.Root, maxBytes: 1000), 1, 1001));
        Assert.Contains("PYTHIA_CACHE_BYTES", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Right size, right name, wrong bytes: fetched again before its first use, and read only once while nothing changes.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DamagedFile_IsFetchedAgainBeforeItsFirstUse(bool own)
    {
        using var folder = new TemporaryFolder();
        var cache = new CheckpointCache(folder.Root);
        var content = Content(1, 1000);
        var id = HubServer.Sha256(content);
        Directory.CreateDirectory(cache.Paths.Blobs(Repository));
        if (own)
        {
            await PutAsync(cache, 1, 1000);
        }
        else
        {
            await File.WriteAllBytesAsync(cache.Paths.Blob(Repository, id), content, Stop);
        }

        Flip(cache.Paths.Blob(Repository, id));
        Assert.Contains(id, Assert.Throws<CheckpointFormatException>(() => cache.CheckDigest(Repository, id, Stop)).Message, StringComparison.Ordinal);
        Assert.Equal(id, await PutAsync(cache, 1, 1000));
        Assert.Equal(content, await File.ReadAllBytesAsync(cache.Paths.Blob(Repository, id), Stop));
        (await cache.FetchAsync(Repository, id, 1000, NoDownload, Stop)).Dispose();
    }

    /// <summary>An ETag says nothing of the bytes; the digest that was noted beside the file does.</summary>
    [Fact]
    public async Task DamagedFile_KnownByAnETagOnly_IsFetchedAgain()
    {
        using var folder = new TemporaryFolder();
        var cache = new CheckpointCache(folder.Root);
        var fetches = 0;
        Task Download(string path, CancellationToken token)
        {
            fetches++;
            return File.WriteAllBytesAsync(path, Content(1, 1000), token);
        }

        (await cache.FetchAsync(Repository, "0x8DC0FFEE", 1000, Download, Stop)).Dispose();
        (await cache.FetchAsync(Repository, "0x8DC0FFEE", 1000, Download, Stop)).Dispose();
        Assert.Equal(1, fetches);
        Flip(cache.Paths.Blob(Repository, "0x8DC0FFEE"));
        (await cache.FetchAsync(Repository, "0x8DC0FFEE", 1000, Download, Stop)).Dispose();
        Assert.Equal(2, fetches);
    }

    [Fact]
    public async Task File_InUseByAnotherProcess_StaysUntilThatIsKilled()
    {
        using var folder = new TemporaryFolder();
        var cache = new CheckpointCache(folder.Root);
        var id = await PutAsync(cache, 1, 1000);
        await using var reader = await LockHolder.StartAsync("--shared", cache.Paths.Mark(Repository, id));

        Assert.Equal(1000, await cache.PruneAsync(0, Stop));
        Assert.True(Assert.Single(cache.List()).InUse);
        await reader.DisposeAsync();
        Assert.Equal(0, await cache.PruneAsync(0, Stop));
        Assert.Empty(cache.List());
    }

    [Fact]
    public async Task Fetch_WaitsForThePythonToolsLock()
    {
        using var folder = new TemporaryFolder();
        var cache = new CheckpointCache(folder.Root);
        var content = Content(1, 1000);
        var id = HubServer.Sha256(content);
        await using var other = await LockHolder.StartAsync("--exclusive", cache.Paths.FetchLock(Repository, id));
        var fetching = cache.FetchAsync(Repository, id, 1000, NoDownload, Stop);
        Directory.CreateDirectory(cache.Paths.Blobs(Repository));
        await File.WriteAllBytesAsync(cache.Paths.Blob(Repository, id), content, Stop);
        Assert.False(fetching.IsCompleted);
        await other.DisposeAsync();

        (await fetching.WaitAsync(TimeSpan.FromSeconds(20), Stop)).Dispose();
    }

    [Fact]
    public async Task FiftyReaders_OfOneMissingFile_FetchItOnce()
    {
        using var folder = new TemporaryFolder();
        var content = Content(1, 100_000);
        var id = HubServer.Sha256(content);
        var fetches = 0;
        var leases = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(
            () => new CheckpointCache(folder.Root, 200_000).FetchAsync(
                Repository,
                id,
                content.Length,
                async (path, token) =>
                {
                    Interlocked.Increment(ref fetches);
                    await File.WriteAllBytesAsync(path, content, token);
                },
                Stop),
            Stop)));
        Assert.Equal(1, fetches);
        Array.ForEach(leases, lease => lease.Dispose());
        Assert.False(Assert.Single(new CheckpointCache(folder.Root).List()).InUse);
    }

    [Fact]
    public async Task Churn_OfManyReadersUnderATightBound_NeverTakesAFileFromItsReader()
    {
        const int Seed = 20261123;
        TestContext.Current.SendDiagnosticMessage($"seed {Seed}");
        using var folder = new TemporaryFolder();
        var ids = Enumerable.Range(0, 12).Select(seed => (Id: HubServer.Sha256(Content(seed, 1000)), Seed: seed)).ToArray();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(
            async () =>
            {
                var random = new Random(Seed + worker);
                var cache = new CheckpointCache(folder.Root, maxBytes: 5000);
                for (var round = 0; round < 150; round++)
                {
                    var (id, seed) = ids[random.Next(ids.Length)];
                    using var lease = await cache.FetchAsync(Repository, id, 1000, (path, token) => File.WriteAllBytesAsync(path, Content(seed, 1000), token), Stop);
                    cache.Paths.LinkInSnapshot(Repository, new string('c', 40), $"file{seed}", id);
                    Assert.Equal(Content(seed, 1000), await File.ReadAllBytesAsync(cache.Paths.Blob(Repository, id), Stop));

                    // Under the lock of evictions: a listing while files come and go may name both. A file that is just published may show under both its names.
                    using var still = await CacheLock.AcquireAsync(cache.Paths.Global, shared: false, Stop);
                    var held = Directory.EnumerateFiles(cache.Paths.Blobs(Repository)).Select(path => Path.GetFileName(path).Split('.')[0]).Distinct();
                    Assert.InRange(held.Count(), 1, 5);
                }
            },
            Stop)));
    }

    [Fact]
    public async Task FilesOfOtherTools_AreUsedListedAndNeverEvicted()
    {
        using var folder = new TemporaryFolder();
        var cache = new CheckpointCache(folder.Root, maxBytes: 1000);
        var content = Content(1, 1000);
        var id = HubServer.Sha256(content);
        Directory.CreateDirectory(cache.Paths.Blobs(Repository));
        await File.WriteAllBytesAsync(cache.Paths.Blob(Repository, id), content, Stop);
        (await cache.FetchAsync(Repository, id, 1000, NoDownload, Stop)).Dispose();
        await PutAsync(cache, 2, 1000);

        Assert.Equal(0, await cache.PruneAsync(0, Stop));
        var entry = Assert.Single(cache.List());
        Assert.Equal((id, false, true), (entry.Id, entry.Own, entry.Complete));
    }

    [Fact]
    public async Task Damage_IsFoundRepairedAndFetchedAgain()
    {
        using var folder = new TemporaryFolder();
        var cache = new CheckpointCache(folder.Root);
        var (good, bad) = (await PutAsync(cache, 1, 1000), await PutAsync(cache, 2, 1000));
        var commit = new string('c', 40);
        cache.Paths.LinkInSnapshot(Repository, commit, "good.bin", good);
        cache.Paths.LinkInSnapshot(Repository, commit, "bad.bin", bad);
        cache.Paths.LinkInSnapshot(Repository, commit, "gone.bin", new string('0', 64));
        cache.Paths.WriteRef(Repository, "step7", commit);
        Assert.Contains(cache.List(), entry => entry.Id == good && entry.Names.SequenceEqual(["step7/good.bin"]));
        Flip(cache.Paths.Blob(Repository, bad));

        var damage = cache.Verify(Stop);
        Assert.Equal([cache.Paths.Blob(Repository, bad), cache.Paths.Link(Repository, commit, "gone.bin")], damage.Select(one => one.Path));
        Assert.Contains(bad, damage[0].Problem, StringComparison.Ordinal);
        Assert.Equal(damage, cache.Repair(Stop));
        Assert.Empty(cache.Verify(Stop));
        Assert.Equal([good], Blobs(folder));
        Assert.Equal([cache.Paths.Link(Repository, commit, "good.bin")], Directory.GetFiles(cache.Paths.Snapshot(Repository, commit)));
        Assert.Equal(bad, await PutAsync(cache, 2, 1000));
    }

    [Fact]
    public async Task Damage_OfAFileKnownByAnETagOnly_IsFoundToo()
    {
        using var folder = new TemporaryFolder();
        var cache = new CheckpointCache(folder.Root);
        (await cache.FetchAsync(Repository, "0x8DC0FFEE", 1000, (path, token) => File.WriteAllBytesAsync(path, Content(1, 1000), token), Stop)).Dispose();
        Assert.Empty(cache.Verify(Stop));
        Flip(cache.Paths.Blob(Repository, "0x8DC0FFEE"));
        Assert.Single(cache.Verify(Stop));
    }

    [Fact]
    public async Task Eviction_OfAWholeSnapshot_LeavesNoRefToIt()
    {
        using var folder = new TemporaryFolder();
        var cache = new CheckpointCache(folder.Root);
        var id = await PutAsync(cache, 1, 1000);
        var commit = new string('c', 40);
        cache.Paths.LinkInSnapshot(Repository, commit, "model.safetensors", id);
        cache.Paths.WriteRef(Repository, "step7", commit);
        await cache.PruneAsync(0, Stop);
        Assert.Null(cache.Paths.Commit(Repository, "step7"));
        Assert.False(Directory.Exists(cache.Paths.Snapshot(Repository, commit)));
    }

    [Fact]
    public async Task Download_ThatFails_LeavesNoBlobAndIsTriedAgain()
    {
        using var folder = new TemporaryFolder();
        var cache = new CheckpointCache(folder.Root, maxBytes: 1000);
        var content = Content(1, 1000);
        var id = HubServer.Sha256(content);
        await Assert.ThrowsAsync<IOException>(() => cache.FetchAsync(
            Repository, id, 1000, (path, _) => throw new IOException(path), Stop));
        Assert.False(File.Exists(cache.Paths.Blob(Repository, id)));
        Assert.False(Assert.Single(cache.List()).Complete);
        Assert.Equal(id, await PutAsync(cache, 1, 1000));
    }

    private static Task NoDownload(string path, CancellationToken cancellationToken) => throw new InvalidOperationException($"{path} was there already.");

    private static byte[] Content(int seed, int bytes) => HubSourceTests.Noise(bytes, seed);

    private static async Task<string> PutAsync(CheckpointCache cache, int seed, int bytes)
    {
        var content = Content(seed, bytes);
        (await cache.FetchAsync(Repository, HubServer.Sha256(content), bytes, (path, token) => File.WriteAllBytesAsync(path, content, token), Stop)).Dispose();
        return HubServer.Sha256(content);
    }

    private static void Age(CheckpointCache cache, string id, int days) => File.SetLastWriteTimeUtc(cache.Paths.Mark(Repository, id), DateTime.UtcNow.AddDays(-days));

    private static IEnumerable<string> Blobs(TemporaryFolder folder) =>
        Directory.GetFiles(Path.Combine(folder.Root, Repository, "blobs")).Select(file => Path.GetFileName(file)).Where(name => name.Length == 64).Order(StringComparer.Ordinal);

    private static void Flip(string path)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[500] ^= 1;
        File.WriteAllBytes(path, bytes);
    }
}
