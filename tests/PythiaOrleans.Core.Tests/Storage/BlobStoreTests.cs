using System.Text;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Core.Tests;

/// <summary>What every blob store promises, whatever it stores in.</summary>
public abstract class BlobStoreTests
{
    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Create_ByFiftyWritersAtOnce_IsWonByExactlyOne()
    {
        var store = Open();
        using var start = new ManualResetEventSlim();
        var writers = Enumerable.Range(0, 50).Select(i => Task.Run(
            async () =>
            {
                start.Wait(Stop);
                return (Writer: i, Won: await Open().TryCreateAsync("a/b.txt", Encoding.UTF8.GetBytes($"{i}"), Stop));
            },
            Stop)).ToArray();
        start.Set();
        var outcomes = await Task.WhenAll(writers);

        var winner = Assert.Single(outcomes, outcome => outcome.Won).Writer;
        Assert.Equal($"{winner}", Text(await store.ReadAsync("a/b.txt", Stop)));
        Assert.Equal(["a/b.txt"], await store.ListAsync("", Stop).ToArrayAsync(Stop));
    }

    [Fact]
    public async Task List_IsInOrdinalOrder()
    {
        var store = Open();
        foreach (var name in new[] { "r/b/2", "r/a/10", "r/a/1", "r/B/0", "other/x" })
        {
            await store.WriteAsync(name, "x"u8.ToArray(), Stop);
        }

        Assert.Equal(["r/B/0", "r/a/1", "r/a/10", "r/b/2"], await store.ListAsync("r/", Stop).ToArrayAsync(Stop));
        Assert.Equal(["r/a/1", "r/a/10"], await store.ListAsync("r/a/1", Stop).ToArrayAsync(Stop));
        Assert.Empty(await store.ListAsync("nothing/", Stop).ToArrayAsync(Stop));
    }

    [Fact]
    public async Task Blob_IsReadInPartsReplacedAndDeleted()
    {
        var store = Open();
        await store.WriteAsync("a", "0123456789"u8.ToArray(), Stop);
        Assert.Equal("345", Text(await store.ReadRangeAsync("a", 3, 3, Stop)));
        Assert.Equal("89", Text(await store.ReadRangeAsync("a", 8, 30, Stop)));
        Assert.Equal("", Text(await store.ReadRangeAsync("a", 20, 3, Stop)));
        Assert.Equal("", Text(await store.ReadRangeAsync("a", 3, 0, Stop)));
        Assert.False(await store.TryCreateAsync("a", "other"u8.ToArray(), Stop));
        await store.WriteAsync("a", "other"u8.ToArray(), Stop);
        Assert.Equal("other", Text(await store.ReadAsync("a", Stop)));
        await store.DeleteAsync("a", Stop);
        await store.DeleteAsync("a", Stop);
        Assert.False(await store.ExistsAsync("a", Stop));
        Assert.Null(await store.ReadAsync("a", Stop));
        Assert.Null(await store.ReadRangeAsync("a", 0, 1, Stop));
    }

    [Fact]
    public async Task Replace_ByFiftyWritersThatSawTheSameVersion_IsWonByExactlyOne()
    {
        var store = Open();
        Assert.Null(await store.GetVersionAsync("a/b.txt", Stop));
        await store.WriteAsync("a/b.txt", "old"u8.ToArray(), Stop);
        var seen = (await store.GetVersionAsync("a/b.txt", Stop))!;
        Assert.Equal(3, seen.Bytes);
        var outcomes = await Task.WhenAll(Enumerable.Range(10, 50).Select(i => Task.Run(
            async () => (Writer: i, Won: await Open().TryReplaceAsync("a/b.txt", seen, Encoding.UTF8.GetBytes($"{i}"), Stop)), Stop)));

        var winner = Assert.Single(outcomes, outcome => outcome.Won).Writer;
        Assert.Equal($"{winner}", Text(await store.ReadAsync("a/b.txt", Stop)));
        Assert.Equal(["a/b.txt"], await store.ListAsync("", Stop).ToArrayAsync(Stop));
    }

    [Fact]
    public async Task Version_OfEachOfManyQuickReplacements_IsAnother()
    {
        var store = Open();
        await store.WriteAsync("a", "0"u8.ToArray(), Stop);
        var versions = new HashSet<BlobVersion>();
        for (var i = 1; i < 10; i++)
        {
            var seen = (await store.GetVersionAsync("a", Stop))!;
            Assert.True(versions.Add(seen), $"replacement {i} has the version of an earlier one");
            Assert.True(await store.TryReplaceAsync("a", seen, Encoding.UTF8.GetBytes($"{i}"), Stop));
            Assert.False(await store.TryReplaceAsync("a", seen, "late"u8.ToArray(), Stop));
        }

        Assert.Equal("9", Text(await store.ReadAsync("a", Stop)));
    }

    [Fact]
    public async Task Replace_OfABlobThatIsGone_DoesNothing()
    {
        var store = Open();
        await store.WriteAsync("a", "x"u8.ToArray(), Stop);
        var seen = (await store.GetVersionAsync("a", Stop))!;
        await store.DeleteAsync("a", Stop);
        Assert.False(await store.TryReplaceAsync("a", seen, "y"u8.ToArray(), Stop));
        Assert.False(await store.ExistsAsync("a", Stop));
    }

    [Fact]
    public async Task Blob_Empty_IsThere()
    {
        var store = Open();
        Assert.True(await store.TryCreateAsync("empty", default, Stop));
        Assert.False(await store.TryCreateAsync("empty", default, Stop));
        Assert.Empty((await store.ReadAsync("empty", Stop))!);
    }

    [Theory]
    [InlineData("../a")]
    [InlineData("a/../b")]
    [InlineData("/a")]
    [InlineData("a//b")]
    [InlineData("a\\b")]
    [InlineData("")]
    public async Task Name_ThatLeavesTheStore_IsRefused(string name) =>
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Open().WriteAsync(name, default, Stop));

    /// <summary>The test's own store, empty at its first opening.</summary>
    protected abstract IBlobStore Open();

    private static string? Text(byte[]? bytes) => bytes is null ? null : Encoding.UTF8.GetString(bytes);
}
