using System.Text;

namespace PythiaOrleans.Checkpoints.Tests;

public sealed class FolderBlobStoreTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static string? Text(byte[]? bytes) => bytes is null ? null : Encoding.UTF8.GetString(bytes);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Create_ByFiftyWritersAtOnce_IsWonByExactlyOne(bool durable)
    {
        using var folder = new TemporaryFolder();
        using var start = new ManualResetEventSlim();
        var writers = Enumerable.Range(0, 50).Select(i => Task.Run(
            async () =>
            {
                start.Wait(Stop);
                return (Writer: i, Won: await new FolderBlobStore(folder.Root, durable).TryCreateAsync("a/b.txt", Encoding.UTF8.GetBytes($"{i}"), Stop));
            },
            Stop)).ToArray();
        start.Set();
        var outcomes = await Task.WhenAll(writers);

        var winner = Assert.Single(outcomes, outcome => outcome.Won).Writer;
        Assert.Equal($"{winner}", Encoding.UTF8.GetString((await new FolderBlobStore(folder.Root).ReadAsync("a/b.txt", Stop))!));
        Assert.Single(Directory.GetFiles(folder["a"]));
    }

    [Fact]
    public async Task List_IsInOrdinalOrderAndShowsNoDrafts()
    {
        using var folder = new TemporaryFolder();
        var store = new FolderBlobStore(folder.Root);
        foreach (var name in new[] { "r/b/2", "r/a/10", "r/a/1", "r/B/0", "other/x" })
        {
            await store.WriteAsync(name, "x"u8.ToArray(), Stop);
        }

        await File.WriteAllTextAsync(Path.Combine(folder.Root, "r", "a", "3.0123.draft"), "half", Stop);
        Assert.Equal(["r/B/0", "r/a/1", "r/a/10", "r/b/2"], await store.ListAsync("r/", Stop).ToArrayAsync(Stop));
        Assert.Equal(["r/a/1", "r/a/10"], await store.ListAsync("r/a/1", Stop).ToArrayAsync(Stop));
        Assert.Empty(await store.ListAsync("nothing/", Stop).ToArrayAsync(Stop));
    }

    [Fact]
    public async Task Blob_IsReadInPartsReplacedAndDeleted()
    {
        using var folder = new TemporaryFolder();
        var store = new FolderBlobStore(folder.Root);
        await store.WriteAsync("a", "0123456789"u8.ToArray(), Stop);
        Assert.Equal("345", Text(await store.ReadRangeAsync("a", 3, 3, Stop)));
        Assert.Equal("89", Text(await store.ReadRangeAsync("a", 8, 30, Stop)));
        Assert.Equal("", Text(await store.ReadRangeAsync("a", 20, 3, Stop)));
        Assert.False(await store.TryCreateAsync("a", "other"u8.ToArray(), Stop));
        await store.WriteAsync("a", "other"u8.ToArray(), Stop);
        Assert.Equal("other", Text(await store.ReadAsync("a", Stop)));
        await store.DeleteAsync("a", Stop);
        await store.DeleteAsync("a", Stop);
        Assert.False(await store.ExistsAsync("a", Stop));
        Assert.Null(await store.ReadAsync("a", Stop));
        Assert.Null(await store.ReadRangeAsync("a", 0, 1, Stop));
    }

    [Theory]
    [InlineData("../a")]
    [InlineData("a/../b")]
    [InlineData("/a")]
    [InlineData("a//b")]
    [InlineData("a\\b")]
    [InlineData("")]
    public async Task Name_ThatLeavesTheFolder_IsRefused(string name)
    {
        using var folder = new TemporaryFolder();
        await Assert.ThrowsAnyAsync<ArgumentException>(() => new FolderBlobStore(folder.Root).WriteAsync(name, default, Stop));
    }
}
