using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Census;
using PythiaOrleans.Checkpoints.Sources.Hub;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Checkpoints.Tests;

/// <summary>What people found by hand on the hub is found by the census: the planted faults are those of the reports.</summary>
public sealed class CensusTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>EleutherAI/pythia#205: 76 branches serve main, ten share another file. The catalog has them from the report.</summary>
    [Fact]
    public async Task Pythia28_WithFinalWeightsOnEarlyBranches_FindsThe86OfTheReport()
    {
        await using var server = await StartAsync();
        var model = Find("pythia-2.8b");
        int[] others = [54_000, 56_000, 57_000, 58_000, 59_000, 61_000, 62_000, 63_000, 64_000, 143_000];
        byte[] final = [1, 2, 3], blob = [4, 5, 6];
        new PublishedSuite(server).Publish(model, step => PublishedSuite.Whole(
            others.Contains(step) ? blob : model.KnownBad.ContainsKey(step) ? final : BitConverter.GetBytes(step)[..3]));
        new PublishedSuite(server).Add(model, "main", PublishedSuite.Whole(final));

        var census = await TakeAsync(server, [model]);

        var found = Assert.Single(census.Models);
        Assert.Equal(model.KnownBad.Keys.Order(), found.KnownBad.Keys.Order());
        Assert.Equal(86, found.Count(CensusSeverity.Bad));
        Assert.Equal(0, found.Count(CensusSeverity.Note));
        Assert.StartsWith("the weights are those of main and of steps 1, 2, 4, 8 and ", found.KnownBad[0], StringComparison.Ordinal);
        Assert.StartsWith("the weights are those of steps 54000, 56000", found.KnownBad[143_000], StringComparison.Ordinal);
    }

    /// <summary>EleutherAI/pythia#206: two branches of 12b have the final model's first shard.</summary>
    [Fact]
    public async Task Pythia12_WithTheFinalFirstShard_FindsTheTwoSteps()
    {
        await using var server = await StartAsync();
        var model = Find("pythia-12b");
        new PublishedSuite(server).Publish(model, step => PublishedSuite.Shards(3, shard =>
            shard == 1 && step is 50_000 or 58_000 ? "1 of 143000" : $"{shard} of {step}"));

        var found = Assert.Single((await TakeAsync(server, [model])).Models);

        Assert.Equal(model.KnownBad.Keys.Order(), found.KnownBad.Keys.Order());
        Assert.Equal(
            "model-00001-of-00003.safetensors is that of main and steps 58000, 143000", found.KnownBad[50_000]);
    }

    /// <summary>EleutherAI/pythia#202: a branch without weights.</summary>
    [Theory]
    [InlineData("pythia-410m-seed9")]
    [InlineData("pythia-410m-seed6")]
    [InlineData("pythia-410m-seed2")]
    public async Task Seed_WithABranchWithoutWeights_FindsIt(string name)
    {
        await using var server = await StartAsync();
        var model = Find(name);
        new PublishedSuite(server).Publish(
            model, step => model.KnownBad.ContainsKey(step) ? null : PublishedSuite.Whole(BitConverter.GetBytes(step)));

        var found = Assert.Single((await TakeAsync(server, [model])).Models);

        Assert.Equal(model.KnownBad.Keys, found.KnownBad.Keys);
        Assert.Equal("the revision has no weights, only config.json, tokenizer.json", found.KnownBad.Values.Single());
    }

    /// <summary>EleutherAI/pythia#83: steps 0, 1 and 2 are equal, and that is right. It is said, and nothing is called bad.</summary>
    [Fact]
    public async Task Pythia_WithEqualFirstSteps_SaysThatItIsExpected()
    {
        await using var server = await StartAsync();
        var model = Find("pythia-70m");
        new PublishedSuite(server).Publish(model, step => PublishedSuite.Whole(BitConverter.GetBytes(step <= 2 ? 0 : step)));

        var found = Assert.Single((await TakeAsync(server, [model])).Models);

        Assert.Empty(found.KnownBad);
        Assert.Equal([1, 2], found.Faults.Select(fault => fault.Step));
        Assert.All(found.Faults, fault => Assert.Equal((FaultKind.SameAsStep, CensusSeverity.Note), (fault.Kind, fault.Severity)));
    }

    /// <summary>Amber's steps count checkpoints of 3.5 billion tokens: its first two are never equal by right.</summary>
    [Fact]
    public async Task Amber_WithEqualFirstCheckpoints_CallsThemBad()
    {
        await using var server = await StartAsync();
        var model = Find("amber");
        foreach (var step in model.Steps)
        {
            new PublishedSuite(server).Add(
                model, model.RevisionOf(step), PublishedSuite.Whole(BitConverter.GetBytes(Math.Max(1, step))));
        }

        var found = Assert.Single((await TakeAsync(server, [model])).Models);
        Assert.Equal([0, 1], found.KnownBad.Keys.Order());
    }

    /// <summary>allenai/OLMo#915: three branches with identical shards; the branches' names hold rounded tokens.</summary>
    [Theory]
    [InlineData("olmo-2-7b", 6)]
    [InlineData("bloom-7b1", 2)]
    public async Task Suite_WithBranchesOfOneModel_FindsThoseOfTheReport(string name, int shards)
    {
        await using var server = await StartAsync();
        var model = Find(name);
        new PublishedSuite(server).Publish(model, step => PublishedSuite.Shards(
            shards, shard => model.KnownBad.ContainsKey(step) ? $"{shard} of one" : $"{shard} of {step}"));

        var found = Assert.Single((await TakeAsync(server, [model])).Models);

        Assert.Equal(model.KnownBad.Keys.Order(), found.KnownBad.Keys.Order());
        Assert.All(found.Revisions, revision => Assert.NotEqual(CensusSeverity.Absent, revision.Worst));
    }

    /// <summary>A step that serves main's files, as reported of OLMo 7B 0424.</summary>
    [Fact]
    public async Task Step_WithTheFilesOfMain_IsFound()
    {
        await using var server = await StartAsync();
        var model = Find("olmo-7b-0424");
        new PublishedSuite(server).Publish(model, step => PublishedSuite.Whole(BitConverter.GetBytes(step)));
        new PublishedSuite(server).Add(model, "main", PublishedSuite.Whole(BitConverter.GetBytes(115_000)));

        var found = Assert.Single((await TakeAsync(server, [model])).Models);
        Assert.Equal(model.KnownBad.Keys, found.KnownBad.Keys);
        Assert.Equal("the weights are those of main", found.KnownBad.Values.Single());
    }

    /// <summary>
    /// EleutherAI/pythia#203: runs whose step 1 on belongs to another initialization. The files tell of step 1, where all four are one;
    /// a few rows of the embedding tell of all.
    /// </summary>
    [Theory]
    [InlineData(CensusLevel.Files, 1)]
    [InlineData(CensusLevel.Samples, 153)]
    public async Task DecoupledSeeds_OfAForeignRun_AreFound(CensusLevel level, int expected)
    {
        await using var server = await StartAsync();
        string[] foreign = ["pythia-160m-weight-seed1", "pythia-160m-weight-seed2"];
        ModelEntry[] models =
        [
            .. ModelCatalog.Default.FindSuite("polypythias-decoupled").Models.Skip(1).Select(Find)
                .Where(model => foreign.Contains(model.Name) || model.Name == "pythia-160m-data-seed1"),
        ];
        foreach (var (model, index) in models.Select((model, index) => (model, index)))
        {
            // At step 1 nothing has moved yet: the start of every run but the two foreign ones' is the same.
            new PublishedSuite(server).Publish(model, step => PublishedSuite.Whole(
                step == 0 && foreign.Contains(model.Name) ? PublishedSuite.Weights(100 + index, 0)
                : step <= 1 ? PublishedSuite.Weights(1, 0, index) : PublishedSuite.Weights(1, step, index)));
        }

        var census = await TakeAsync(server, models, level);

        Assert.Equal(foreign.Order(), census.KnownBad.Keys.Order());
        Assert.All(foreign, name => Assert.Equal(expected, census.KnownBad[name].Count));
        Assert.All(foreign, name => Assert.Contains(1, census.KnownBad[name].Keys));
    }

    [Fact]
    public async Task Checkpoint_OutOfPlace_IsFoundFromAFewRows()
    {
        await using var server = await StartAsync();
        var model = Find("pythia-14m");
        new PublishedSuite(server).Publish(model, step => PublishedSuite.Whole(
            step is 20_000 ? PublishedSuite.Weights(1, 140_500)
            : step is 70_000 or 71_000 ? PublishedSuite.Weights(1, (step / 10) + 500)
            : step == 90_000 ? PublishedSuite.Weights(1, step)[..^8]
            : PublishedSuite.Weights(1, step)));

        Assert.Empty((await TakeAsync(server, [model])).KnownBad);
        var found = Assert.Single((await TakeAsync(server, [model], CensusLevel.Samples)).Models);

        Assert.Equal([20_000, 70_000, 71_000, 90_000], found.KnownBad.Keys.Order());
        Assert.StartsWith("the sampled weights lie ", found.KnownBad[20_000], StringComparison.Ordinal);
        Assert.Contains("model.safetensors: ", found.KnownBad[90_000], StringComparison.Ordinal);
        Assert.All(found.Revisions.Where(row => row.Faults.Count == 0), row => Assert.NotNull(row.Movement ?? row.Parameters));
    }

    /// <summary>The same of archives that PyTorch wrote: GPT-2's, BLOOM's and the older Pythia's are.</summary>
    [Fact]
    public async Task Checkpoint_OfPyTorchOutOfPlace_IsFoundFromAFewRows()
    {
        await using var server = await StartAsync();
        var model = Find("pythia-14m");
        new PublishedSuite(server).Publish(model, step => new Dictionary<string, byte[]>
        {
            ["pytorch_model.bin"] = step switch
            {
                20_000 => TorchWeights.Run(1, 140_500),
                70_000 => TorchWeights.Run(1, 7500),
                90_000 => TorchWeights.Run(1, step)[..^8],
                _ => TorchWeights.Run(1, step),
            },
        });

        var found = Assert.Single((await TakeAsync(server, [model], CensusLevel.Samples)).Models);
        Assert.Equal([20_000, 70_000, 90_000], found.KnownBad.Keys.Order());
        Assert.StartsWith("the sampled weights lie ", found.KnownBad[20_000], StringComparison.Ordinal);
        Assert.Contains("pytorch_model.bin: ", found.KnownBad[90_000], StringComparison.Ordinal);
        Assert.All(
            found.Revisions.Where(row => row.Step is not null && row.Faults.Count == 0),
            row => Assert.True(row.Parameters == 2052 && row.Similarity > 0));
    }

    /// <summary>A suite that is as it should be: at both levels nothing is said against it.</summary>
    [Theory]
    [InlineData(CensusLevel.Files)]
    [InlineData(CensusLevel.Samples)]
    public async Task Suite_AsItShouldBe_HasNoFaults(CensusLevel level)
    {
        await using var server = await StartAsync();
        ModelEntry[] models = [Find("pythia-14m"), Find("pythia-31m")];
        foreach (var (model, seed) in models.Select((model, seed) => (model, seed)))
        {
            new PublishedSuite(server).Publish(model, step => PublishedSuite.Whole(PublishedSuite.Weights(seed, step)));
        }

        var census = await TakeAsync(server, models, level);
        Assert.Empty(census.Models.SelectMany(model => model.Faults));
        Assert.All(census.Models, model => Assert.Equal(155, model.Revisions.Count));
    }

    [Fact]
    public async Task Step_ThatIsMissingOrNotAnnounced_IsSaid()
    {
        await using var server = await StartAsync();
        var model = Find("pythia-14m") with { Steps = [0, 1000, 2000] };
        foreach (var step in new[] { 0, 2000, 2500 })
        {
            new PublishedSuite(server).Add(model, $"step{step}", PublishedSuite.Whole(BitConverter.GetBytes(step)));
        }

        var found = Assert.Single((await TakeAsync(server, [model])).Models);
        Assert.Equal(
            [(1000, FaultKind.Missing), (2500, FaultKind.NotAnnounced)], found.Faults.Select(fault => (fault.Step!.Value, fault.Kind)));
        Assert.Empty(found.KnownBad);
    }

    /// <summary>154 revisions: one request for their names, one for the files of each; less than 5 MB in all.</summary>
    [Fact]
    public async Task Census_Of154Revisions_TakesSmallRequestsOnlyAndIsNotRepeated()
    {
        await using var server = await StartAsync();
        using var folder = new TemporaryFolder();
        var traffic = new Traffic();
        var model = Find("pythia-70m");
        var suite = new PublishedSuite(server);
        suite.Publish(model, step => PublishedSuite.Whole(PublishedSuite.Weights(1, step)));

        await TakeAsync(server, [model], CensusLevel.Files, folder, traffic);
        Assert.Equal(156, traffic.Requests);
        Assert.InRange(traffic.Bytes, 1, 5_000_000);
        Assert.Equal(0, server.Sent);

        var before = traffic.Requests;
        await TakeAsync(server, [model], CensusLevel.Files, folder, traffic);
        Assert.Equal(before + 1, traffic.Requests);

        server.Move(model.Repository!, "step3000");
        suite.Add(model, "step3000", PublishedSuite.Whole(PublishedSuite.Weights(1, 2000)));
        var again = await TakeAsync(server, [model], CensusLevel.Files, folder, traffic);
        Assert.Equal([2000, 3000], again.KnownBad[model.Name].Keys.Order());
        Assert.Equal(before + 3, traffic.Requests);
    }

    [Fact]
    public async Task Census_ThatIsStopped_KeepsWhatItLearnt()
    {
        await using var server = await StartAsync();
        using var folder = new TemporaryFolder();
        var model = Find("pythia-70m");
        new PublishedSuite(server).Publish(model, step => PublishedSuite.Whole(BitConverter.GetBytes(step)));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var watch = new Watch(at =>
        {
            if (at.Done >= 30)
            {
                stop.Cancel();
            }
        });

        using (var source = Open(server, folder))
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                () => Taker(source, folder).TakeAsync("test", [model], CensusLevel.Files, false, watch, stop.Token));
        }

        var kept = 0;
        using var second = Open(server, folder);
        await Taker(second, folder).TakeAsync("test", [model], CensusLevel.Files, false, new Watch(at => kept = at.Kept), Stop);
        Assert.InRange(kept, 30, 100);
    }

    [Fact]
    public async Task Repository_ThatIsGone_DoesNotEndTheCensusOfOthers()
    {
        await using var server = await StartAsync();
        ModelEntry[] models = [Find("pythia-14m"), Find("pythia-31m")];
        new PublishedSuite(server).Publish(models[1], step => PublishedSuite.Whole(BitConverter.GetBytes(step)));

        var census = await TakeAsync(server, models);
        Assert.Contains("does not exist", census.Models[0].Problem!, StringComparison.Ordinal);
        Assert.Empty(census.Models[1].Faults);
        await Assert.ThrowsAsync<AccessDeniedException>(() => TakeAsync(server, models[..1]));
    }

    // The real hub gives a thousand files a page.
    private static async Task<HubServer> StartAsync()
    {
        var server = await HubServer.StartAsync();
        server.PageSize = 1000;
        return server;
    }

    private static ModelEntry Find(string name) => ModelCatalog.Default.Find(name);

    private static async Task<SuiteCensus> TakeAsync(
        HubServer server,
        IReadOnlyList<ModelEntry> models,
        CensusLevel level = CensusLevel.Files,
        TemporaryFolder? folder = null,
        Traffic? traffic = null)
    {
        using var own = new TemporaryFolder();
        using var source = Open(server, folder ?? own, traffic);
        return await Taker(source, folder ?? own).TakeAsync("test", models, level, false, new Watch(_ => { }), Stop);
    }

    private static CensusTaker Taker(HubSource source, TemporaryFolder folder) =>
        new(source.Revisions, "hub", new FolderBlobStore(folder["store"]));

    private static HubSource Open(HubServer server, TemporaryFolder folder, Traffic? traffic = null) => new(
        new HubOptions
        {
            Endpoint = server.Hub,
            CacheFolder = folder["cache"],
            RetryDelay = TimeSpan.FromMilliseconds(10),
            Transport = traffic is null ? null : new CountingNetwork(traffic),
        },
        model => new HubModel(Find(model).Repository!, Find(model)));

    private sealed class Watch(Action<CensusProgress> see) : IProgress<CensusProgress>
    {
        public void Report(CensusProgress value) => see(value);
    }
}
