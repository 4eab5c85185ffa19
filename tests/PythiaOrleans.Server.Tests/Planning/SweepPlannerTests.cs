using PythiaOrleans.Analyses;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Opening;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Server.Planning;

namespace PythiaOrleans.Server.Tests;

public sealed class SweepPlannerTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pythia-test-");
    private readonly SweepPlanner _planner;

    public SweepPlannerTests() => _planner = new SweepPlanner(
        ModelCatalog.Default,
        new CheckpointSources(),
        new ResultStore(new FolderBlobStore(_folder.FullName)),
        AnalysisRegistry.BuiltIn);

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>
    /// The reference is the suite's where the sweep has that step, else the first step; what the user names is taken as it is.
    /// </summary>
    [Theory]
    [InlineData("pythia", null, null, 0)]
    [InlineData("pythia", new[] { 0, 1000, 2000 }, null, 0)]
    [InlineData("pythia", new[] { 2000, 1000 }, null, 1000)]
    [InlineData("pythia", new[] { 143000, 4000 }, null, 4000)]
    [InlineData("pythia", new[] { 1000, 2000 }, 2000, 2000)]
    [InlineData("pythia", new[] { 1000, 2000 }, 0, 0)]
    [InlineData("pythia-v0", null, null, 1000)]
    [InlineData("pythia-v0", new[] { 3000, 2000 }, null, 2000)]
    public void Reference_FollowsFromSuiteAndSteps(string suite, int[]? steps, int? asked, int reference) =>
        Assert.Equal(reference, _planner.Resolve(Request(suite, steps: steps, reference: asked)).ReferenceStep);

    [Fact]
    public void Request_WithNothingButASource_IsTheSuite()
    {
        var spec = _planner.Resolve(Request(null));
        Assert.Equal("pythia", spec.Name);
        Assert.Equal(["pythia-14m", "pythia-70m", "pythia-160m", "pythia-410m", "pythia-1b", "pythia-1.4b"], spec.Models);
        Assert.Equal((0, 143000), (spec.ReferenceStep, spec.Steps[^1]));
        Assert.Equal(1000, spec.Stride);
        Assert.Null(spec.Precision);
        Assert.Equal(spec.Analyses.Count, spec.Analyses.Distinct().Count());
    }

    [Fact]
    public void Request_IsPutInOrder()
    {
        var spec = _planner.Resolve(
            Request(null, models: ["pythia-70m", "PYTHIA-70M", "pythia-14m"], steps: [2000, 0, 2000, 1000], analyses: ["weight-moments"]));
        Assert.Equal(["pythia-70m", "pythia-14m"], spec.Models);
        Assert.Equal([0, 1000, 2000], spec.Steps);
        Assert.Equal("weight-moments", Assert.Single(spec.Analyses).Name);
        Assert.Null(_planner.Resolve(Request(null, steps: [0, 1000, 3000])).Stride);
    }

    /// <summary>A sweep that names no analyses takes those that are default; every one is asked for by its name, or by "all".</summary>
    [Fact]
    public void Analyses_ThatAreNoDefault_AreAskedForByName()
    {
        string[] all = Names("all"), usual = Names("default");
        Assert.Equal(usual, _planner.Resolve(Request(null)).Analyses.Select(analysis => analysis.Name));
        Assert.Contains("weight-moments", usual);
        Assert.DoesNotContain("attention-heads", usual);
        Assert.Equal(AnalysisRegistry.BuiltIn.Create(new AnalysisSettings(0, null)).Select(analysis => analysis.Description.Name), all);
        Assert.Equal(usual.Append("attention-heads").Order(StringComparer.Ordinal), Names("default", "attention-heads"));

        string[] Names(params string[] analyses) =>
            [.. _planner.Resolve(Request(null, analyses: analyses)).Analyses.Select(analysis => analysis.Name)];
    }

    [Fact]
    public void Request_ForWhatDoesNotExist_NamesItAndWhatDoes()
    {
        Refuse(Request("pythia-v9"), "pythia-v9", "did you mean pythia-v0");
        Refuse(Request(null, models: ["pythia-71m"]), "pythia-71m");
        Refuse(Request(null, steps: [0, 1500]), "1500", "143000");
        Refuse(Request(null, steps: [1000], reference: 1500), "1500");
        Refuse(Request(null, steps: []), "at least one step");
        Refuse(Request(null, analyses: ["weight-momentum"]), "weight-momentum", "weight-moments");
        Refuse(Request(null) with { Name = "../x" }, "../x");
    }

    private void Refuse(SweepRequest request, params string[] words)
    {
        var error = Assert.ThrowsAny<ArgumentException>(() => _planner.Resolve(request));
        Assert.All(words, word => Assert.Contains(word, error.Message, StringComparison.Ordinal));
    }

    private static SweepRequest Request(
        string? suite, IReadOnlyList<string>? models = null, IReadOnlyList<int>? steps = null, IReadOnlyList<string>? analyses = null,
        int? reference = null) =>
        new(null, suite, models, steps, analyses, reference, "hub");
}
