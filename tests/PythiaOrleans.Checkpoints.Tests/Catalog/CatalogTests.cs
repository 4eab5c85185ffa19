using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Checkpoints.Tests;

public sealed class CatalogTests
{
    /// <summary>Parameter counts from the models' cards.</summary>
    [Theory]
    [InlineData("pythia-14m", 14_067_712)]
    [InlineData("pythia-31m", 30_494_720)]
    [InlineData("pythia-70m", 70_426_624)]
    [InlineData("pythia-160m", 162_322_944)]
    [InlineData("pythia-410m", 405_334_016)]
    [InlineData("pythia-1b", 1_011_781_632)]
    [InlineData("pythia-1.4b", 1_414_647_808)]
    [InlineData("pythia-2.8b-deduped", 2_775_208_960)]
    [InlineData("pythia-6.9b", 6_857_302_016)]
    [InlineData("pythia-12b", 11_846_072_320)]
    public void Model_HasThePublishedNumberOfParameters(string name, long expected)
    {
        var shape = ModelCatalog.Default.Find(name).Shape;
        Assert.Equal(expected, shape.ParameterCount);
        Assert.Equal(
            expected, ModelFamilies.For(shape).Expect(shape).Sum(tensor => tensor.Shape.Aggregate(1L, (product, size) => product * size)));
    }

    [Theory]
    [InlineData("pythia-19m", "pythia-70m")]
    [InlineData("pythia-125m-deduped", "pythia-160m-deduped")]
    [InlineData("PYTHIA-350M", "pythia-410m")]
    [InlineData("pythia-800m", "pythia-1b")]
    [InlineData("pythia-1.3b", "pythia-1.4b")]
    [InlineData("pythia-2.7b", "pythia-2.8b")]
    [InlineData("pythia-6.7b", "pythia-6.9b")]
    [InlineData("pythia-13b", "pythia-12b")]
    public void Model_IsFoundByItsOldName(string old, string name) => Assert.Equal(name, ModelCatalog.Default.Find(old).Name);

    [Fact]
    public void Model_Unknown_IsRefusedWithSimilarNames()
    {
        var error = Assert.Throws<ArgumentException>(() => ModelCatalog.Default.Find("pythia-70"));
        Assert.Contains("pythia-70m", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Steps_AreThoseOfTheHub()
    {
        var steps = ModelCatalog.Default.Find("pythia-160m").Steps;
        Assert.Equal(154, steps.Count);
        Assert.Equal([0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 2000], steps.Take(13));
        Assert.Equal(143_000, steps[^1]);
        Assert.Equal(143, ModelCatalog.Default.Find("pythia-160m-v0").Steps.Count);
    }

    [Fact]
    public void DefaultSuite_IsSixModelsTimes143CheckpointsAndTheReference()
    {
        var suite = ModelCatalog.Default.FindSuite("pythia");
        Assert.Equal(["pythia-14m", "pythia-70m", "pythia-160m", "pythia-410m", "pythia-1b", "pythia-1.4b"], suite.Models);
        Assert.Equal(144, suite.Steps.Count);
        Assert.Equal(0, suite.ReferenceStep);
        Assert.Equal(143, suite.Steps.Count(step => step > 0));
    }

    [Fact]
    public void Suites_NameOnlyModelsAndStepsThatExist() => Assert.All(
        ModelCatalog.Default.Suites,
        suite =>
            Assert.All(
                suite.Models,
                model => Assert.Empty(suite.Steps.Append(suite.ReferenceStep).Except(ModelCatalog.Default.Find(model).Steps))));

    [Fact]
    public void KnownBad_CountsTheBranchesOf28B()
    {
        Assert.Equal(86, ModelCatalog.Default.Find("pythia-2.8b").KnownBad.Count);
        Assert.Equal([50_000, 58_000], ModelCatalog.Default.Find("pythia-12b").KnownBad.Keys.Order());
        Assert.Empty(ModelCatalog.Default.Find("pythia-70m").KnownBad);
    }

    [Fact]
    public void NanoSuite_SpansTheRangeThatTheDesignAsksFor()
    {
        var shapes = NanoSuite.Models.Select(model => model.Shape).ToArray();
        Assert.Equal(6, shapes.Length);
        Assert.True(shapes[^1].HiddenSize >= 4 * shapes[0].HiddenSize);
        Assert.True(
            shapes[^1].ParameterCount >= 50 * shapes[0].ParameterCount, $"{shapes[^1].ParameterCount} / {shapes[0].ParameterCount}");
        Assert.Equal(144, NanoSuite.Steps.Count);
    }

    [Fact]
    public void FromJson_WithAnUnknownField_SaysWhereAndWhat()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["catalog.json"], """{ "models": [ { "nome": "x" } ] }""");
        var error = Assert.Throws<CheckpointFormatException>(() => ModelCatalog.FromJson(folder["catalog.json"]));
        Assert.Contains("models[0]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromJson_OfAUsersModel_FindsItBesideTheBuiltInOnes()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(
            folder["catalog.json"],
            """
            { "models": [ { "name": "mine", "token_count": 100, "steps": [0, 10],
                "shape": { "model_type": "gpt_neox", "blocks": 2, "hidden_size": 8, "heads": 2, "intermediate_size": 32, "vocabulary_rows": 128 } } ],
              "suites": [ { "name": "my-suite", "models": ["mine"], "steps": [0, 10], "reference_step": 0, "description": "two steps" } ] }
            """);
        var catalog = ModelCatalog.Default.With(ModelCatalog.FromJson(folder["catalog.json"]));
        Assert.Equal(4, catalog.Find("mine").Shape.HeadSize);
        Assert.Equal(["mine"], catalog.FindSuite("my-suite").Models);
        Assert.Equal(6, catalog.Find("pythia-70m").Shape.Blocks);
    }

    /// <summary>A census writes such a file: it holds for built-in models and for those that come later, from a source.</summary>
    [Fact]
    public void FromJson_OfKnownBadRevisions_AddsThemToModelsOfOtherCatalogs()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(
            folder["bad.json"],
            """{ "known_bad": { "Pythia-12b": { "50000": "again", "7000": "new" }, "mine": { "10": "mine too" } } }""");
        var mine = ModelCatalog.Default.Find("pythia-14m") with { Name = "mine" };

        var catalog = ModelCatalog.Default.With(ModelCatalog.FromJson(folder["bad.json"])).With(ModelCatalog.FromModels([mine]));

        Assert.Equal([7000, 50_000, 58_000], catalog.Find("pythia-12b").KnownBad.Keys.Order());
        Assert.Contains("#206", catalog.Find("pythia-12b").KnownBad[50_000], StringComparison.Ordinal);
        Assert.Equal("mine too", catalog.Find("mine").KnownBad[10]);
        Assert.Equal(2, ModelCatalog.Default.Find("pythia-12b").KnownBad.Count);
    }

    [Fact]
    public void FromJson_OfTheDocumentationsExample_ReadsEveryField()
    {
        using var folder = new TemporaryFolder();
        var page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "catalog.md"));
        File.WriteAllText(folder["catalog.json"], page.Split("```")[1]["json".Length..]);
        var catalog = ModelCatalog.FromJson(folder["catalog.json"]);
        var model = catalog.Find("mine-small");
        Assert.Equal("me/mine-20m", model.Repository);
        Assert.Equal(32, model.Shape.HeadSize);
        Assert.Equal(50277, model.TokenCount);
        Assert.Equal(0.001, model.Schedule!.LearningRate(20), 1e-15);
        Assert.Equal([1000], model.KnownBad.Keys);
        Assert.Equal(model.Steps, catalog.FindSuite("mine").Steps);
    }
}
