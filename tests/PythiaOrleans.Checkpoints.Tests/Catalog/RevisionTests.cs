using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Checkpoints.Tests;

/// <summary>How suites call the branch of a step (the case revisions-by-other-names).</summary>
public sealed class RevisionTests
{
    /// <summary>Branches that exist on the hub, as model cards and lists of their publishers name them.</summary>
    [Theory]
    [InlineData("pythia-160m", 3000, "EleutherAI/pythia-160m", "step3000")]
    [InlineData("pythia-410m-seed3", 143_000, "EleutherAI/pythia-410m-seed3", "step143000")]
    [InlineData("pythia-160m-data-seed1", 512, "EleutherAI/pythia-160m-data-seed1", "step512")]
    [InlineData("pythia-160m-weight-seed3", 0, "EleutherAI/pythia-160m-weight-seed3", "step0")]
    [InlineData("alias-gpt2-small-x21", 400_000, "stanford-crfm/alias-gpt2-small-x21", "checkpoint-400000")]
    [InlineData("eowyn-gpt2-medium-x777", 1950, "stanford-crfm/eowyn-gpt2-medium-x777", "checkpoint-1950")]
    [InlineData("olmo-1b", 20_000, "allenai/OLMo-1B-hf", "step20000-tokens83B")]
    [InlineData("olmo-1b", 738_020, "allenai/OLMo-1B-hf", "step738020-tokens3094B")]
    [InlineData("olmoe-1b-7b", 5000, "allenai/OLMoE-1B-7B-0924", "step5000-tokens20B")]
    [InlineData("olmoe-1b-7b", 1_220_000, "allenai/OLMoE-1B-7B-0924", "step1220000-tokens5117B")]
    [InlineData("olmo-7b", 556_000, "allenai/OLMo-7B-hf", "step556000-tokens2460B")]
    [InlineData("olmo-7b-0424", 115_000, "allenai/OLMo-7B-0424-hf", "step115000-tokens482B")]
    [InlineData("olmo-2-1b", 10_000, "allenai/OLMo-2-0425-1B", "stage1-step10000-tokens21B")]
    [InlineData("olmo-2-1b-early", 1000, "allenai/OLMo-2-0425-1B-early-training", "stage1-step1000-tokens3B")]
    [InlineData("olmo-2-1b-stage2-3", 23_852, "allenai/OLMo-2-0425-1B", "stage2-ingredient3-step23852-tokens51B")]
    [InlineData("olmo-2-7b", 150, "allenai/OLMo-2-1124-7B", "stage1-step150-tokens1B")]
    [InlineData("olmo-2-7b", 1000, "allenai/OLMo-2-1124-7B", "stage1-step1000-tokens5B")]
    [InlineData("olmo-2-7b", 928_646, "allenai/OLMo-2-1124-7B", "stage1-step928646-tokens3896B")]
    [InlineData("olmo-2-13b", 596_057, "allenai/OLMo-2-1124-13B", "stage1-step596057-tokens5001B")]
    [InlineData("olmo-2-32b", 721_901, "allenai/OLMo-2-0325-32B", "stage1-step721901-tokens6056B")]
    [InlineData("olmo-3-7b", 1_413_814, "allenai/Olmo-3-1025-7B", "stage1-step1413814")]
    [InlineData("smollm2-135m", 240_000, "HuggingFaceTB/SmolLM2-135M-intermediate-checkpoints", "step-240000")]
    [InlineData("smollm2-1.7b", 125_000, "HuggingFaceTB/SmolLM2-1.7B-intermediate-checkpoints", "step-125000")]
    [InlineData("smollm3-3b", 40_000, "HuggingFaceTB/SmolLM3-3B-checkpoints", "stage1-step-40000")]
    [InlineData("smollm3-3b", 4_200_000, "HuggingFaceTB/SmolLM3-3B-checkpoints", "stage2-step-4200000")]
    [InlineData("smollm3-3b", 4_720_000, "HuggingFaceTB/SmolLM3-3B-checkpoints", "stage3-step-4720000")]
    [InlineData("amber", 7, "LLM360/Amber", "ckpt_007")]
    [InlineData("amber", 359, "LLM360/Amber", "main")]
    [InlineData("bloom-560m", 100_000, "bigscience/bloom-560m-intermediate", "global_step100000")]
    public void Step_OfASuite_HasItsBranch(string model, int step, string repository, string revision)
    {
        var entry = ModelCatalog.Default.Find(model);
        Assert.Contains(step, entry.Steps);
        Assert.Equal((repository, revision), (entry.Repository, entry.RevisionOf(step)));
    }

    /// <summary>Every step of every model has a branch, no two the same.</summary>
    [Fact]
    public void StepsOfEveryModel_HaveBranchesOfTheirOwn() => Assert.All(ModelCatalog.Default.Models, model =>
    {
        Assert.Equal(model.Steps.Count, model.Steps.Select(model.RevisionOf).Distinct().Count());
        Assert.Equal(model.Steps.Order(), model.Steps);
        Assert.All(model.KnownBad.Keys, step => Assert.Contains(step, model.Steps));
        Assert.True(model.TokenCount <= model.Shape.VocabularyRows);
    });

    /// <summary>Sizes as the models' names tell them, from the layouts.</summary>
    [Theory]
    [InlineData("alias-gpt2-small-x21", 124_439_808)]
    [InlineData("arwen-gpt2-medium-x21", 354_823_168)]
    [InlineData("olmo-1b", 1_176_764_416)]
    [InlineData("olmo-2-1b", 1_484_916_736)]
    [InlineData("olmo-2-7b", 7_298_617_344)]
    [InlineData("olmo-2-13b", 13_716_198_400)]
    [InlineData("smollm2-135m", 134_515_008)]
    [InlineData("smollm2-360m", 361_821_120)]
    [InlineData("smollm2-1.7b", 1_711_376_384)]
    [InlineData("smollm3-3b", 3_075_098_624)]
    [InlineData("amber", 6_738_415_616)]
    [InlineData("bloom-560m", 559_214_592)]
    [InlineData("bloom-7b1", 7_069_016_064)]
    public void Parameters_AreThoseOfThePublishedModels(string model, long expected) =>
        Assert.Equal(expected, ModelCatalog.Default.Find(model).Shape.ParameterCount);

    [Theory]
    [InlineData("step{step:07}", 50_000, 1, "step0050000")]
    [InlineData("hf_ckpt/{tokens}B-{step}", 16, 1_000_000_000, "hf_ckpt/16B-16")]
    [InlineData("s{step}-{tokens:up}-{tokens:down}-{tokens}", 3, 500_000_000, "s3-2-1-2")]
    [InlineData("a.b+c{step}", 5, 1, "a.b+c5")]
    public void Template_NamesAStepAndIsReadBack(string template, int step, long tokensPerStep, string expected)
    {
        var revision = new RevisionTemplate(template);
        Assert.Equal(expected, revision.Format(step, tokensPerStep));
        Assert.True(revision.TryMatch(expected, out var read));
        Assert.Equal(step, read);
        Assert.False(revision.TryMatch(expected + "x", out _));
        Assert.False(revision.TryMatch("main", out _));
        Assert.Equal(template, revision.ToString());
    }

    [Theory]
    [InlineData("main")]
    [InlineData("step{stop}")]
    [InlineData("{tokens}B")]
    [InlineData("step{step")]
    [InlineData("step{step:7}")]
    [InlineData("step{step}-{tokens:nearest}")]
    public void Template_ThatMakesNoSense_IsRefused(string template) =>
        Assert.Throws<FormatException>(() => new RevisionTemplate(template));

    [Fact]
    public void Template_WithTokens_NeedsTheTokensOfAStep()
    {
        var error = Assert.Throws<InvalidOperationException>(() => new RevisionTemplate("step{step}-tokens{tokens}B").Format(1, null));
        Assert.Contains("tokens_per_step", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The case revisions-by-other-names: a template, a list, and main for a final model, in a user's catalog.</summary>
    [Fact]
    public void CatalogFile_NamesBranches()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["catalog.json"], """
            { "models": [ { "name": "olmoish", "repository": "me/olmoish", "token_count": 100, "steps": [0, 10, 20], "tokens_per_step": 1000000000,
                "revision": "stage1-step{step}-tokens{tokens}B", "revisions": { "20": "main" }, "subfolder": "hf/{step}",
                "shape": { "model_type": "gpt_neox", "blocks": 2, "hidden_size": 8, "heads": 2, "intermediate_size": 32, "vocabulary_rows": 128 } } ] }
            """);
        var model = ModelCatalog.Default.With(ModelCatalog.FromJson(folder["catalog.json"])).Find("olmoish");
        Assert.Equal(["stage1-step0-tokens0B", "stage1-step10-tokens10B", "main"], model.Steps.Select(model.RevisionOf));
        Assert.Equal("hf/10", model.SubfolderOf(10));
    }

    [Theory]
    [InlineData("step{stop}")]
    [InlineData("../{step}")]
    [InlineData("step{step}-tokens{tokens}B")]
    [InlineData("a b{step}")]
    public void CatalogFile_WithABranchThatMakesNoSense_SaysWhichModel(string revision)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["catalog.json"], $$"""
            { "models": [ { "name": "mine", "token_count": 100, "steps": [0, 10], "revision": "{{revision}}",
                "shape": { "model_type": "gpt_neox", "blocks": 2, "hidden_size": 8, "heads": 2, "intermediate_size": 32, "vocabulary_rows": 128 } } ] }
            """);
        Assert.StartsWith(
            "model 'mine'",
            Assert.Throws<CheckpointFormatException>(() => ModelCatalog.FromJson(folder["catalog.json"])).Place,
            StringComparison.Ordinal);
    }

    /// <summary>Of two models whose names differ in case only the built-in one stays: the catalog finds names without case.</summary>
    [Fact]
    public void ModelsWhoseNamesDifferInCase_AreOneModel()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["catalog.json"], """
            { "models": [ { "name": "Pythia-70M", "token_count": 100, "steps": [0],
                "shape": { "model_type": "gpt_neox", "blocks": 1, "hidden_size": 8, "heads": 2, "intermediate_size": 32, "vocabulary_rows": 128 } } ],
              "suites": [ { "name": "PYTHIA", "models": ["Pythia-70M"], "steps": [0], "reference_step": 0, "description": "x" } ] }
            """);
        var catalog = ModelCatalog.Default.With(ModelCatalog.FromJson(folder["catalog.json"]));
        Assert.Equal(6, catalog.Find("pythia-70m").Shape.Blocks);
        Assert.Equal(6, catalog.FindSuite("pythia").Models.Count);
        Assert.Equal(ModelCatalog.Default.Models.Count, catalog.Models.Count);
        Assert.Equal(ModelCatalog.Default.Suites.Count, catalog.Suites.Count);
    }

    [Fact]
    public void KnownBad_HoldsWhatIsReported()
    {
        var catalog = ModelCatalog.Default;
        Assert.Equal([40_000], catalog.Find("pythia-410m-seed9").KnownBad.Keys);
        Assert.Equal([88_000], catalog.Find("pythia-410m-seed6").KnownBad.Keys);
        Assert.Equal([111_000], catalog.Find("pythia-410m-seed2").KnownBad.Keys);
        Assert.Equal([32_000], catalog.Find("pythia-12b-deduped").KnownBad.Keys);
        Assert.Equal(153, catalog.Find("pythia-160m-weight-seed1").KnownBad.Count);
        Assert.Empty(catalog.Find("pythia-160m-weight-seed3").KnownBad);
        Assert.Equal([101_000, 175_000, 300_000], catalog.Find("olmo-2-7b").KnownBad.Keys);
        Assert.Equal([115_000], catalog.Find("olmo-7b-0424").KnownBad.Keys);
        Assert.Equal([500_000, 600_000], catalog.Find("bloom-560m").KnownBad.Keys);
        Assert.Equal([100_000, 200_000], catalog.Find("bloom-7b1").KnownBad.Keys);
    }

    [Fact]
    public void Suites_HaveTheRunsOfTheirPublishers()
    {
        var catalog = ModelCatalog.Default;
        Assert.Equal(51, catalog.Models.Count(model => model.Name.Contains("seed", StringComparison.Ordinal)));
        Assert.Equal(609, catalog.Find("arwen-gpt2-medium-x21").Steps.Count);
        Assert.Equal(10, catalog.FindSuite("polypythias-70m").Models.Count);
        Assert.Equal(86 + 19 + 13, catalog.Find("smollm3-3b").Steps.Count);
    }

    /// <summary>Stanford's schedule falls in a straight line; the labels of three v0 models are twice the optimizer's step.</summary>
    [Fact]
    public void Schedules_OfOtherSuites_AreThose()
    {
        var linear = ModelCatalog.Default.Find("alias-gpt2-small-x21").Schedule!;
        Assert.Equal(6e-4, linear.LearningRate(4000), 1e-18);
        Assert.Equal(3e-4, linear.LearningRate(202_000), 1e-18);
        Assert.Equal(0, linear.LearningRate(400_000), 1e-18);
        var halved = ModelCatalog.Default.Find("pythia-1.4b-v0").Schedule!;
        Assert.Equal(4_194_304L * 71_500, halved.Tokens(143_000));
        Assert.Equal(Enumerable.Range(0, 500).Sum(halved.LearningRate), halved.SummedLearningRate(1000), 1e-12);
    }
}
