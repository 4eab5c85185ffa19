using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Checkpoints.Sources;
using PythiaOrleans.Checkpoints.Sources.Folder;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Server.Execution;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Server.Tests;

public sealed class DigestCacheTests : IDisposable
{
    private readonly TinySuite _suite = new(1);
    private readonly DigestCache _digests = new();

    public void Dispose() => _suite.Dispose();

    [Fact]
    public async Task Digest_OfAFileThatWasReplaced_IsThatOfTheNewFile()
    {
        var model = TinySuite.Models[0];
        var first = await DigestAsync(model);
        Assert.Equal(first, await DigestAsync(model));

        _suite.Write(model, 0, weights => weights["gpt_neox.layers.1.mlp.dense_h_to_4h.weight"][7] = (Half)3);
        File.SetLastWriteTimeUtc(_suite.WeightsOf(model, 0), DateTime.UtcNow.AddMinutes(1));
        var second = await DigestAsync(model);

        Assert.NotEqual(first, second);
        Assert.Equal(second, await new DigestReader(_suite).ReadAsync(model));
    }

    [Fact]
    public async Task Digest_OfAFileThatIsAsItWas_IsNotComputedAgain()
    {
        var (model, written) = (TinySuite.Models[0], DateTime.UtcNow.AddMinutes(-1));
        File.SetLastWriteTimeUtc(_suite.WeightsOf(model, 0), written);
        var first = await DigestAsync(model);

        // As long, and as old: only reading it would tell.
        _suite.Write(model, 0, weights => weights["gpt_neox.layers.1.mlp.dense_h_to_4h.weight"][7] = (Half)3);
        File.SetLastWriteTimeUtc(_suite.WeightsOf(model, 0), written);

        Assert.Equal(first, await DigestAsync(model));
        Assert.NotEqual(first, await new DigestReader(_suite).ReadAsync(model));
    }

    private async Task<string> DigestAsync(string model)
    {
        using var files = await FetchAsync(_suite, model);
        using var checkpoint = CheckpointReader.Open(files);
        return _digests.Of(files, checkpoint);
    }

    private static ValueTask<CheckpointFiles> FetchAsync(TinySuite suite, string model) =>
        new FolderSource(suite.Source).FetchAsync(new CheckpointId(model, 0), TestContext.Current.CancellationToken);

    private sealed class DigestReader(TinySuite suite)
    {
        public async Task<string> ReadAsync(string model)
        {
            using var files = await FetchAsync(suite, model);
            using var checkpoint = CheckpointReader.Open(files);
            return checkpoint.ComputeDigest();
        }
    }
}
