using System.Text.Json;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Sources.Folder;
using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>The command against a hub that stumbles: the results are those of the same files in a folder.</summary>
public sealed class HubSweepTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sweep_FromTheHub_CommitsWhatTheFolderGives()
    {
        using var suite = new TinySuite(steps: 3);
        await using var hub = await HubServer.StartAsync(
            new HubFaults { TooMany = 2, Unavailable = 1, Misplaced = 1, RetryAfter = 0 }, token: "secret");
        Publish(suite, hub);
        var catalog = Path.Combine(suite.Folder, "catalog.json");
        await File.WriteAllTextAsync(catalog, Catalog(suite), Stop);

        var folder = await PythiaProcess.RunAsync([.. suite.SweepArguments("from-folder"), "--catalog", catalog]);
        Assert.True(folder.Code == 0, folder.Errors);
        foreach (var source in new[] { "hub:lab", "hub" })
        {
            var (code, _, errors) = await PythiaProcess.RunAsync(
                Environment(suite, hub), Arguments(suite, source, catalog, $"from-{source.Length}"));
            Assert.True(code == 0, errors);
            Assert.Equal(Digests(suite, "from-folder"), Digests(suite, $"from-{source.Length}"));
        }

        Assert.Equal(
            suite.Shards,
            hub.Requests.Count(
                request => request is { Method: "HEAD", AtHub: true } && request.Path.EndsWith(".safetensors", StringComparison.Ordinal)));
    }

    /// <summary>No silo has a catalog, and the branches have names that are no plain steps. A training's name enters the results.</summary>
    [Theory]
    [InlineData("", true)]
    [InlineData("stage1-", false)]
    public async Task Sweep_OfAnOrganisationOnACluster_CommitsWhatTheFolderGives(string training, bool hasSameNames)
    {
        using var suite = new TinySuite(steps: 3);
        await using var hub = await HubServer.StartAsync(token: "secret");
        Publish(suite, hub, step => $"{training}{step}-tokens1B");
        var folder = await PythiaProcess.RunAsync(suite.SweepArguments("from-folder"));
        Assert.True(folder.Code == 0, folder.Errors);

        var environment = Environment(suite, hub);
        await using var bed = await ClusterFixture.StartAsync(suite, workers: 2, environment: environment);
        var arguments = suite.SweepArguments("unused");
        arguments[Array.IndexOf(arguments, suite.Source)] = "hub:lab";
        arguments[Array.IndexOf(arguments, suite.Store("unused"))] = bed.Store;
        var (code, _, errors) = await PythiaProcess.RunAsync(environment, [.. arguments, "--cluster", bed.Redis.Connection]);

        Assert.True(code == 0, errors + bed.Log);
        var (expected, found) = (Results(Digests(suite, "from-folder")), Results(StoreFiles.Digests(bed.Store)));
        Assert.Equal(expected.Length, found.Length);
        Assert.True(!hasSameNames || expected.SequenceEqual(found), string.Join("\n", expected.Except(found)));
    }

    [Fact]
    public async Task Plan_FromTheHub_KnowsBytesAndDuplicatesWithoutFetching()
    {
        using var suite = new TinySuite(steps: 3);
        File.Copy(suite.WeightsOf("tiny-a", 20), suite.WeightsOf("tiny-a", 10), overwrite: true);
        await using var hub = await HubServer.StartAsync(token: "secret");
        Publish(suite, hub);
        var catalog = Path.Combine(suite.Folder, "catalog.json");
        await File.WriteAllTextAsync(catalog, Catalog(suite), Stop);

        var arguments = Arguments(suite, "hub", catalog, "plan");
        arguments[0] = "plan";
        var (code, output, errors) = await PythiaProcess.RunAsync(Environment(suite, hub), [.. arguments, "--json"]);
        Assert.True(code == 0, errors);
        using var plan = JsonDocument.Parse(output);
        Assert.Equal(Weights(suite).Sum(file => new FileInfo(file).Length), plan.RootElement.GetProperty("bytes").GetInt64());
        var warning = Assert.Single(plan.RootElement.GetProperty("warnings").EnumerateArray()).GetString();
        Assert.StartsWith("tiny-a: the source holds the same bytes for steps 10, 20", warning, StringComparison.Ordinal);
        Assert.Equal(0, hub.Sent);
    }

    private static Dictionary<string, string> Environment(TinySuite suite, HubServer hub) => new()
    {
        ["HF_ENDPOINT"] = hub.Hub.AbsoluteUri,
        ["HF_HOME"] = Path.Combine(suite.Folder, "hf"),
        ["HF_HUB_CACHE"] = "",
        ["HF_HUB_OFFLINE"] = "",
        ["HF_TOKEN"] = "secret",
    };

    private static string[] Arguments(TinySuite suite, string source, string catalog, string store)
    {
        var arguments = suite.SweepArguments(store);
        arguments[Array.IndexOf(arguments, suite.Source)] = source;
        return [.. arguments, "--catalog", catalog];
    }

    private static IEnumerable<string> Weights(TinySuite suite) =>
        TinySuite.Models.SelectMany(model => suite.Steps.Select(step => suite.WeightsOf(model, step)));

    private static void Publish(TinySuite suite, HubServer hub, Func<string, string>? branch = null)
    {
        foreach (var file in Directory.EnumerateFiles(suite.Source, "*", SearchOption.AllDirectories))
        {
            var words = Path.GetRelativePath(suite.Source, file).Split('/');
            hub.Add($"lab/{words[0]}", branch?.Invoke(words[1]) ?? words[1], words[2], File.ReadAllBytes(file));
        }
    }

    // The hub cannot be asked for a shape before a sweep is planned: the catalog knows it, as it knows the repository.
    private static string Catalog(TinySuite suite) => JsonSerializer.Serialize(
        new
        {
            models = FolderModels.Read(suite.Source).Models.Select(model => new
            {
                name = model.Name,
                repository = $"lab/{model.Name}",
                shape = model.Shape,
                steps = model.Steps,
                token_count = model.TokenCount,
            }),
        },
        new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower });

    private static KeyValuePair<string, string>[] Results(SortedDictionary<string, string> digests) =>
        [.. digests.Where(file => file.Key.StartsWith("results", StringComparison.Ordinal))];

    private static SortedDictionary<string, string> Digests(TinySuite suite, string store)
    {
        var digests = StoreFiles.Digests(suite.Store(store));
        Assert.NotEmpty(digests);
        return digests;
    }
}
