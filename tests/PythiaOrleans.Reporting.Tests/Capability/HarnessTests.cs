using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Reporting.Capability;

namespace PythiaOrleans.Reporting.Tests;

/// <summary>Result files of lm-evaluation-harness as its versions write them.</summary>
public sealed class HarnessTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pythia-harness-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void File_OfVersion3_IsRead()
    {
        Write("r.json", """
            {"results": {"lambada_openai": {"ppl": 130.97, "ppl_stderr": 5.4, "acc": 0.2266, "acc_stderr": 0.0058},
                         "piqa": {"acc": 0.59, "acc_norm": 0.6}},
             "versions": {"lambada_openai": 0},
             "config": {"model": "hf-causal", "model_args": "pretrained=EleutherAI/pythia-70m,revision=step3000,dtype=float16",
                        "num_fewshot": 5, "batch_size": 8}}
            """);
        Assert.Equal(
            [
                new Evaluation("pythia-70m", 3000, "lambada_openai", "acc", 5, 0.2266, 0.0058),
                new Evaluation("pythia-70m", 3000, "lambada_openai", "ppl", 5, 130.97, 5.4),
                new Evaluation("pythia-70m", 3000, "piqa", "acc", 5, 0.59, null),
                new Evaluation("pythia-70m", 3000, "piqa", "acc_norm", 5, 0.6, null),
            ],
            Read());
    }

    /// <summary>Filters behind a comma, N/A as error, shots for each task, arguments as an object, a branch with tokens.</summary>
    [Fact]
    public void File_OfVersion4_IsRead()
    {
        Write("results_2025-01-01T00-00-00.json", """
            {"results": {"lambada_openai": {"alias": "lambada_openai", "perplexity,none": 8.1, "perplexity_stderr,none": "N/A",
                                            "acc,none": 0.61, "acc_stderr,none": 0.006},
                         "gsm8k": {"exact_match,strict-match": 0.1, "exact_match_stderr,strict-match": 0.02, "exact_match,flexible-extract": 0.2}},
             "n-shot": {"lambada_openai": 0, "gsm8k": 5},
             "config": {"model": "hf", "model_args": {"pretrained": "allenai/OLMo-2-1124-7B", "revision": "stage1-step1000-tokens5B"}}}
            """);
        Assert.Equal(
            [
                new Evaluation("olmo-2-7b", 1000, "gsm8k", "exact_match,flexible-extract", 5, 0.2, null),
                new Evaluation("olmo-2-7b", 1000, "gsm8k", "exact_match,strict-match", 5, 0.1, 0.02),
                new Evaluation("olmo-2-7b", 1000, "lambada_openai", "acc", 0, 0.61, 0.006),
                new Evaluation("olmo-2-7b", 1000, "lambada_openai", "perplexity", 0, 8.1, null),
            ],
            Read());
    }

    /// <summary>Files that name no checkpoint lie in folders that do; other JSON beside them is passed over.</summary>
    [Fact]
    public void File_ThatNamesNoRevision_IsOfTheStepInItsPath()
    {
        Write("pythia-160m/zero-shot/160m_step512.json", """{"results": {"wsc": {"acc": 0.5}}, "config": {"model": "gpt-neox"}}""");
        Write("pythia-160m/notes.json", """{"author": "me"}""");
        Assert.Equal([new Evaluation("pythia-160m", 512, "wsc", "acc", 0, 0.5, null)], Read());
    }

    [Fact]
    public void File_OfMain_IsOfTheLastStep()
    {
        Write("a.json", """
            {"results": {"wsc": {"acc": 0.5}}, "config": {"model_args": "pretrained=EleutherAI/pythia-14m,revision=main"}}
            """);
        Assert.Equal(143_000, Assert.Single(Read()).Step);
    }

    [Theory]
    [InlineData("""{"results": {"wsc": {"acc": 0.5}}, "config": {"model_args": "pretrained=me/own"}}""", "--step")]
    [InlineData("""{"results": {"wsc": {"acc": 0.5}}}""", "--model")]
    [InlineData("""{"results": [1]}""", "results: expected an object of tasks, found Array")]
    [InlineData("""{"results": {""", "line 1: expected JSON")]
    [InlineData("""{"other": 1}""", "found none among 1 JSON files")]
    public void File_ThatCannotBeUsed_SaysWhyAndWhatToDo(string json, string expected)
    {
        Write("x.json", json);
        var error = Assert.Throws<InvalidDataException>(() => Read());
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.StartsWith(_folder, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_WithModelAndStep_TakesThem()
    {
        Write("x.json", """{"results": {"wsc": {"acc": 0.5}}}""");
        var score = Assert.Single(new HarnessImport(ModelCatalog.Default, "mine", 7).Read(Path.Combine(_folder, "x.json")));
        Assert.Equal(("mine", 7), (score.Model, score.Step));
    }

    private IReadOnlyList<Evaluation> Read() => new HarnessImport(ModelCatalog.Default).Read(_folder);

    private void Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
