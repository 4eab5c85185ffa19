using System.Security.Cryptography;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Census;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Checkpoints.Sources.Folder;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Nano.Tests;

public sealed class NanoTrainerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pythia-nano-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Alone or beside another, at once or after an interruption: the same seed gives the same files.</summary>
    [Fact]
    public async Task Train_TwiceAndAfterAnInterruption_GivesTheSameBytes()
    {
        var models = new[] { Model("one", hidden: 16, last: 12), Model("two", hidden: 32, last: 12) };
        await Trainer("a").TrainAsync(models, "cpu", parallel: 2, null, Cancellation);

        using var interrupt = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var stopInTheSecond = new Watcher(at =>
        {
            if (at.Done == 4)
            {
                interrupt.Cancel();
            }
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            Trainer("b").TrainAsync(models, "cpu", parallel: 1, stopInTheSecond, interrupt.Token));
        Assert.Equal([false, true], models.Select(Trainer("b").IsTrained)); // the largest goes first
        await Trainer("b").TrainAsync(models, "cpu", parallel: 1, null, Cancellation);

        Assert.All(models, model => Assert.True(Trainer("b").IsTrained(model)));
        var first = Files("a");
        Assert.Equal(models.Sum(model => (3 * model.Steps.Count) + 1), first.Count);
        Assert.Equal(first, Files("b"));
    }

    [Fact]
    public async Task Train_OfATrainedModel_TouchesNothing()
    {
        var model = Model("one", hidden: 16, last: 4);
        await Trainer("a").TrainAsync([model], "cpu", 1, null, Cancellation);
        var before = Files("a");
        await Trainer("a").TrainAsync([model], "cpu", 1, new Watcher(_ => Assert.Fail("trained again")), Cancellation);
        Assert.Equal(before, Files("a"));
        Assert.False(Trainer("a").IsTrained(model with { Shape = model.Shape with { HiddenSize = 32 } }));
    }

    /// <summary>The model must learn more than how frequent each token is: the language has an order.</summary>
    [Fact]
    public async Task Train_ALittle_BringsTheLossBelowTheUnigramEntropy()
    {
        var model = Model("one", hidden: 48, last: 220);
        var losses = new List<double>();
        await Trainer("a").TrainAsync([model], "cpu", 1, new Watcher(at => losses.Add(at.Loss)), Cancellation);

        var tokenizer = NanoTokenizer.Learn(new NanoText(20260711).Write(300_000), NanoSuite.VocabularyRows);
        var entropy = NanoTrainer.UnigramEntropy(NanoTrainer.Tokens(tokenizer, 200_000));
        Assert.InRange(entropy, 4, Math.Log(NanoSuite.VocabularyRows));
        Assert.Equal(double.NaN, losses[0]);
        Assert.InRange(losses[1], entropy, 7);
        Assert.True(losses[^1] < entropy - 1.5, $"loss {losses[^1]:F3}, unigram entropy {entropy:F3}");
    }

    [Fact]
    public async Task Checkpoints_AreReadAsThoseOfTheHub()
    {
        var model = Model("one", hidden: 16, last: 4);
        await Trainer("a").TrainAsync([model], "cpu", 1, null, Cancellation);
        var source = new FolderSource(Path.Combine(_folder, "a"));
        foreach (var step in model.Steps)
        {
            using var files = await source.FetchAsync(new CheckpointId("one", step), Cancellation);
            using var checkpoint = CheckpointReader.Open(files);
            Assert.Equal(model.Shape.ParameterCount, checkpoint.Parameters.Sum(parameter => parameter.Tensor.Count));
            Assert.All(checkpoint.Parameters, parameter => Assert.Equal(DType.F16, parameter.Tensor.DType));
        }
    }

    /// <summary>What was really trained has no faults: neither copies nor checkpoints off its path, nor foreign runs.</summary>
    [Fact]
    public async Task Census_OfATrainedSuite_FindsNothing()
    {
        int[] steps = [.. Enumerable.Range(0, 25).Select(i => 5 * i)];
        ModelEntry[] models = [.. new[] { 16, 32 }.Select(hidden => Model($"h{hidden}", hidden, last: 120) with { Steps = steps })];
        await Trainer("a").TrainAsync(models, "cpu", 1, null, Cancellation);

        var taker = new CensusTaker(
            new FolderSource(Path.Combine(_folder, "a")).Revisions, "a", new FolderBlobStore(Path.Combine(_folder, "store")));
        var census = await taker.TakeAsync(
            "nano", models, CensusLevel.Samples, false, new Progress<CensusProgress>(), Cancellation);

        Assert.Equal(2 * steps.Length, census.Models.Sum(model => model.Revisions.Count));
        Assert.All(census.Models.SelectMany(model => model.Revisions), revision => Assert.NotNull(revision.Similarity));
        Assert.Empty(census.Models.SelectMany(model => model.Faults));
    }

    private static ModelEntry Model(string name, int hidden, int last) => NanoSuite.Models[0] with
    {
        Name = name,
        Shape = NanoSuite.Models[0].Shape with { HiddenSize = hidden },
        Steps = [0, 2, last],
        Schedule = NanoSuite.Schedule with { TotalSteps = last, DecaySteps = Math.Max(last, 21), TokensPerStep = 512 },
    };

    private NanoTrainer Trainer(string name) => new(Path.Combine(_folder, name));

    private Dictionary<string, string> Files(string name) =>
        Directory.EnumerateFiles(Path.Combine(_folder, name), "*", SearchOption.AllDirectories)
        .Order(StringComparer.Ordinal)
        .ToDictionary(file => Path.GetRelativePath(Path.Combine(_folder, name), file),
            file => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file))));

    private sealed class Watcher(Action<NanoProgress> see) : IProgress<NanoProgress>
    {
        private readonly Lock _lock = new();

        public void Report(NanoProgress value)
        {
            lock (_lock)
            {
                see(value);
            }
        }
    }
}
