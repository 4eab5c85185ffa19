using PythiaOrleans.Core.Storage;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Core.Tests;

public class FolderBlobStoreTests : BlobStoreTests, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>What a killed writer left is no blob.</summary>
    [Fact]
    public async Task List_ShowsNoDrafts()
    {
        await Open().WriteAsync("r/a/1", "x"u8.ToArray(), Stop);
        await File.WriteAllTextAsync(Path.Combine(_folder.Root, "r", "a", "3.0123.draft"), "half", Stop);
        Assert.Equal(["r/a/1"], await Open().ListAsync("r/", Stop).ToArrayAsync(Stop));
    }

    protected override IBlobStore Open() => new FolderBlobStore(_folder.Root, Durable);

    protected virtual bool Durable => false;
}

public sealed class DurableFolderBlobStoreTests : FolderBlobStoreTests
{
    protected override bool Durable => true;
}
