using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Reporting.Report;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Reporting.Tests;

public sealed class SweepTokensTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _notes = [];

    private SweepSpec Sweep => new()
    {
        Name = "test",
        Models = ["mine-1", "mine-2"],
        Steps = [0, 1000],
        Analyses = [AnalysisId.Create("weight-moments", 1, new Dictionary<string, string>())],
        ReferenceStep = 0,
        Source = _folder.Root,
    };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Tokens_AreThoseOfTheSweepsModels_NotOfAnotherModelInTheFolder()
    {
        Put("another", 0, Tokenizer("z")); // the first of the folder
        Put("mine-1", 1000, Tokenizer("a"));
        Put("mine-2", 1000, Tokenizer("a"));
        Assert.Equal("a", (await LoadAsync())!(0));
        Assert.Equal("", (await LoadAsync())!(7));
        Assert.Empty(_notes);
    }

    [Fact]
    public async Task Tokenizer_Damaged_IsNoted_AndAnotherModelsIsTaken()
    {
        Put("mine-1", 1000, "{\"model\":");
        Put("mine-2", 0, Tokenizer("a"));
        Assert.Equal("a", (await LoadAsync())!(0));
        Assert.Contains("tokenizer.json", Assert.Single(_notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokenizers_AllDamaged_LeaveNumbers()
    {
        Put("mine-1", 1000, "not a tokenizer");
        Assert.Null(await LoadAsync());
        Assert.Single(_notes);
    }

    [Fact]
    public async Task Tokenizers_ThatDiffer_LeaveNumbers()
    {
        Put("mine-1", 1000, Tokenizer("a"));
        Put("mine-2", 1000, Tokenizer("b"));
        Assert.Null(await LoadAsync());
        Assert.Contains("different tokenizers", Assert.Single(_notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokenizer_OfNoModel_LeavesNumbersWithoutANote()
    {
        Put("mine-1", 1000, null);
        Assert.Null(await LoadAsync());
        Assert.Empty(_notes);
    }

    private static string Tokenizer(string token) =>
        $$$"""
        {
          "pre_tokenizer": {"type": "ByteLevel", "use_regex": true},
          "added_tokens": [],
          "model": {"type": "BPE", "vocab": {"{{{token}}}": 0}, "merges": []}
        }
        """;

    private Task<Func<int, string>?> LoadAsync() => SweepTokens.LoadAsync(Sweep, _notes.Add, TestContext.Current.CancellationToken);

    private void Put(string model, int step, string? tokenizer)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder.Root, model, $"step{step}")).FullName;
        File.WriteAllText(Path.Combine(folder, "config.json"), "{}");
        File.WriteAllText(Path.Combine(folder, "model.safetensors"), "");
        if (tokenizer is not null)
        {
            File.WriteAllText(Path.Combine(folder, "tokenizer.json"), tokenizer);
        }
    }
}
