using System.Text;
using PythiaOrleans.Checkpoints.Cache;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Sources.Hub;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Checkpoints.Tests;

/// <summary>Checkpoints whose revisions are not called stepN, and steps that are folders of one revision.</summary>
public sealed class HubRevisionTests : IDisposable
{
    private static readonly byte[] Config =
        """{"model_type":"gpt_neox","num_hidden_layers":3,"hidden_size":8,"num_attention_heads":2,"intermediate_size":32,"vocab_size":50}"""u8
            .ToArray();

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// One step of each kind of suite, fetched from the branch that its publisher names; the cache then knows it as that step.
    /// </summary>
    [Theory]
    [InlineData("olmo-2-1b", 10_000, "stage1-step10000-tokens21B")]
    [InlineData("olmo-2-1b-stage2-3", 23_852, "stage2-ingredient3-step23852-tokens51B")]
    [InlineData("olmo-1b", 20_000, "step20000-tokens83B")]
    [InlineData("olmo-1b", 20_000, "step20000-tokens84B")] // counted otherwise: found by its step
    [InlineData("olmoe-1b-7b", 5000, "step5000-tokens20B")]
    [InlineData("olmo-2-1b", 300, "stage1-step300-tokens0B")]
    [InlineData("olmo-3-7b", 1_413_814, "stage1-step1413814")]
    [InlineData("smollm2-135m", 240_000, "step-240000")]
    [InlineData("smollm3-3b", 4_200_000, "stage2-step-4200000")]
    [InlineData("amber", 7, "ckpt_007")]
    [InlineData("amber", 359, "main")]
    [InlineData("alias-gpt2-small-x21", 1950, "checkpoint-1950")]
    [InlineData("bloom-560m", 100_000, "global_step100000")]
    [InlineData("pythia-410m-seed3", 512, "step512")]
    public async Task Step_OfASuite_IsFetchedFromItsBranch(string model, int step, string branch)
    {
        await using var server = await HubServer.StartAsync();
        var entry = ModelCatalog.Default.Find(model);
        var weights = HubSourceTests.Noise(5000, step);
        Publish(server, entry.Repository!, branch, "", weights);
        Publish(server, entry.Repository!, "main", "", branch == "main" ? weights : HubSourceTests.Noise(5000, 1));
        var id = new CheckpointId(model, step);

        using var source = Open(server, new HubModel(entry.Repository!, entry));
        Assert.Equal(5000, await source.FindAsync(id, Stop));
        using (var files = await source.FetchAsync(id, Stop))
        {
            Assert.Equal(weights, await File.ReadAllBytesAsync(files.Weights.Single(), Stop));
        }

        Assert.Equal([id], source.Cached([model]));
        using var offline = Open(server, new HubModel(entry.Repository!, entry), offline: true);
        Assert.Equal(5000, await offline.FindAsync(id, Stop));
    }

    /// <summary>Two steps of one revision lie in two folders of its snapshot; evicting one leaves the other.</summary>
    [Fact]
    public async Task Steps_InFoldersOfOneRevision_AreKeptApart()
    {
        await using var server = await HubServer.StartAsync();
        var entry = Entry(ModelCatalog.Default.Find("pythia-70m") with
        {
            Steps = [1, 2],
            Revisions = new Dictionary<int, string> { [1] = "main", [2] = "main" },
            Subfolder = "hf_ckpt/{step:03}",
        });
        var (first, second) = (HubSourceTests.Noise(3000, 1), HubSourceTests.Noise(4000, 2));
        Publish(server, "lab/mine", "main", "hf_ckpt/001/", first);
        Publish(server, "lab/mine", "main", "hf_ckpt/002/", second);
        using var source = Open(server, entry);
        var ids = new[] { new CheckpointId("mine", 1), new CheckpointId("mine", 2) };
        foreach (var (id, weights) in ids.Zip([first, second]))
        {
            Assert.Equal(weights.Length, await source.FindAsync(id, Stop));
            using var files = await source.FetchAsync(id, Stop);
            Assert.Equal(weights, await File.ReadAllBytesAsync(files.Weights.Single(), Stop));
            Assert.Equal(Config, await File.ReadAllBytesAsync(files.Config, Stop));
        }

        Assert.Equal(ids, source.Cached(["mine"]));
        var cache = new CheckpointCache(_folder["cache"]);
        Assert.Empty(cache.Verify(Stop));
        Assert.Contains("main/hf_ckpt/001/model.safetensors", cache.List().SelectMany(file => file.Names));
        await cache.PruneAsync(second.Length + Config.Length, Stop);
        Assert.Equal([ids[1]], source.Cached(["mine"]));
        await cache.PruneAsync(0, Stop);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_folder["cache"], "models--lab--mine", "snapshots")));
    }

    /// <summary>What trainings call their branches: the step is found, and what else stands in the name tells trainings apart.</summary>
    [Theory]
    [InlineData("step1000", "", 1000)]
    [InlineData("step-240000", "", 240_000)]
    [InlineData("step0050000", "", 50_000)]
    [InlineData("checkpoint-1950", "", 1950)]
    [InlineData("global_step100000", "", 100_000)]
    [InlineData("ckpt_007", "", 7)]
    [InlineData("iter_0001000", "", 1000)]
    [InlineData("iteration=30", "", 30)]
    [InlineData("stage1-step10000-tokens21B", "stage1", 10_000)]
    [InlineData("stage2-ingredient3-step1000-tokens3B", "stage2-ingredient3", 1000)]
    [InlineData("stage3-step-4720000", "stage3", 4_720_000)]
    [InlineData("step1250-seed-default", "seed-default", 1250)]
    [InlineData("step556000-tokens2460B", "", 556_000)]
    [InlineData("extension_step0001220", "extension", 1220)]
    public void Branch_TellsItsStep(string branch, string training, int step)
    {
        var found = Assert.Single(BranchSteps.Group(["main", branch, "refs-pr-1"]));
        Assert.Equal(training, found.Key);
        Assert.Equal((step, branch), (Assert.Single(found.Value).Key, found.Value[step]));
    }

    [Theory]
    [InlineData("v1.0")]
    [InlineData("stepping-stone")]
    [InlineData("footstep3")]
    [InlineData("step1.5")]
    [InlineData("step99999999999")]
    public void Branch_OfAnythingElse_IsNoStep(string branch) => Assert.Empty(BranchSteps.Group([branch]));

    [Fact]
    public void Branches_WithoutSteps_LeaveMain() => Assert.Equal("main", BranchSteps.Group(["main", "gguf"])[""][0]);

    /// <summary>A repository that no catalog knows: each training is a model, its shape is that of its config.json.</summary>
    [Fact]
    public async Task Repository_OfTwoStages_IsTwoModels()
    {
        await using var server = await HubServer.StartAsync();
        foreach (var branch in new[] { "main", "stage1-step0-tokens0B", "stage1-step10-tokens1B", "stage2-step10-tokens1B" })
        {
            Publish(server, "lab/mine", branch, "", HubSourceTests.Noise(3000, branch.Length));
        }

        var models = ModelCatalog.FromModels(await HubModels.DiscoverAsync(Options(server), "lab/mine", Stop));
        Assert.Equal(["mine-stage1", "mine-stage2"], models.Models.Select(model => model.Name));
        var model = models.Find("mine");
        Assert.Equal("mine-stage1", model.Name);
        Assert.Equal([0, 10], model.Steps);
        Assert.Equal("stage1-step10-tokens1B", model.RevisionOf(10));
        Assert.Equal(3, model.Shape.Blocks);
        Assert.Equal(50, model.TokenCount);
        Assert.Equal(0, server.Sent); // no weights were fetched for that
    }

    [Fact]
    public async Task Repository_ThatDoesNotExist_SaysWhatToCheck()
    {
        await using var server = await HubServer.StartAsync();
        var error = await Assert.ThrowsAsync<AccessDeniedException>(() => HubModels.DiscoverAsync(Options(server), "lab/nothing", Stop));
        Assert.Contains("lab/nothing", error.Message, StringComparison.Ordinal);
        Assert.Contains("private", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The digests of everything that was fetched cost one request, until a branch moves.</summary>
    [Fact]
    public async Task Digests_OfFetchedSteps_AreAskedForAtOnce()
    {
        await using var server = await HubServer.StartAsync();
        CheckpointId[] ids = [.. Enumerable.Range(1, 5).Select(step => new CheckpointId("mine", step))];
        foreach (var id in ids)
        {
            Publish(server, "lab/mine", $"step{id.Step}", "", HubSourceTests.Noise(3000, id.Step));
        }

        var expected = new List<string?>();
        using (var first = Open(server, new HubModel("lab/mine")))
        {
            foreach (var id in ids)
            {
                (await first.FetchAsync(id, Stop)).Dispose();
                expected.Add(await first.DigestAsync(id, Stop));
            }
        }

        server.Requests.Clear();
        using (var second = Open(server, new HubModel("lab/mine")))
        {
            Assert.Equal(expected, await ReadAsync(second));
            Assert.Single(server.Requests);
        }

        var replaced = HubSourceTests.Noise(3000, 33);
        Publish(server, "lab/mine", "step3", "", replaced);
        server.Move("lab/mine", "step3");
        using var third = Open(server, new HubModel("lab/mine"));
        Assert.Equal([.. expected[..2], HubServer.Sha256(replaced), .. expected[3..]], await ReadAsync(third));

        async Task<List<string?>> ReadAsync(HubSource source)
        {
            var digests = new List<string?>();
            foreach (var id in ids)
            {
                digests.Add(await source.DigestAsync(id, Stop));
            }

            return digests;
        }
    }

    [Fact]
    public async Task Step_ThatIsAbsent_IsExplainedWithTheBranchesThatThereAre()
    {
        await using var server = await HubServer.StartAsync();
        Publish(server, "lab/mine", "step-10", "", HubSourceTests.Noise(3000, 1));
        using var source = Open(server, new HubModel("lab/mine"));
        var id = new CheckpointId("mine", 10);
        Assert.Null(await source.FindAsync(id, Stop));
        Assert.Equal(
            "lab/mine@step10: the repository has no such revision, but step-10.", await source.ExplainAbsenceAsync(id, Stop));
        var error = await Assert.ThrowsAsync<FileNotFoundException>(async () => await source.FetchAsync(id, Stop));
        Assert.Contains("step-10", error.Message, StringComparison.Ordinal);
    }

    private static HubModel Entry(ModelEntry entry) => new("lab/mine", entry);

    private static void Publish(HubServer server, string repository, string branch, string folder, byte[] weights)
    {
        server.Add(repository, branch, $"{folder}config.json", Config);
        server.Add(repository, branch, $"{folder}model.safetensors", weights);
        server.Add(repository, branch, $"{folder}tokenizer.json", Encoding.ASCII.GetBytes("{}"));
    }

    private HubOptions Options(HubServer server) => new()
    {
        Endpoint = server.Hub,
        CacheFolder = _folder["cache"],
        RetryDelay = TimeSpan.FromMilliseconds(10),
    };

    private HubSource Open(HubServer server, HubModel model, bool offline = false) =>
        new(Options(server) with { Offline = offline }, _ => model);
}
