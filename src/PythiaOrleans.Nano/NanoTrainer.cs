using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Sweeps;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Nano;

/// <summary>
/// Trains the nano suite and saves its checkpoints in the hub's layout: a folder a revision with <c>config.json</c>, <c>tokenizer.json</c>
/// and half-precision <c>model.safetensors</c>.
/// </summary>
/// <remarks>
/// All models see the same tokens in the same order. One thread trains one model from start to end, so that the bytes do not depend on what
/// runs beside it; a model whose training was interrupted is trained again from its start, and comes out the same.
/// </remarks>
/// <param name="root">Where the models' folders go.</param>
public sealed class NanoTrainer(string root)
{
    // Counted up whenever the same seed gives other weights: what an older version left is trained again.
    private const int Version = 2;
    private const int Seed = 20260711;
    private const int BatchRows = 8;
    private const string MarkerFile = "trained.json";

    /// <summary>Trains the models that are not there yet.</summary>
    /// <param name="models">Usually <see cref="NanoSuite.Models"/>; every one needs a schedule.</param>
    /// <param name="device"><c>cpu</c> or <c>cuda:0</c>.</param>
    /// <param name="parallel">Models at the same time.</param>
    /// <param name="progress">Told of every checkpoint.</param>
    /// <param name="cancellationToken">Checked between steps. A checkpoint is there whole or not at all.</param>
    public async Task TrainAsync(
        IReadOnlyList<ModelEntry> models, string device, int parallel, IProgress<NanoProgress>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(models);
        var missing = models.Where(model => !IsTrained(model)).ToArray();
        if (missing.Length == 0)
        {
            return;
        }

        Directory.CreateDirectory(root);
        var tokenizer = NanoTokenizer.Learn(new NanoText(Seed).Write(300_000), NanoSuite.VocabularyRows);
        var tokens = Tokens(tokenizer, models.Max(model => model.Schedule!.TotalSteps) * LargestBatch(models));
        var done = models.Except(missing).Sum(model => model.Steps.Count);
        var total = models.Sum(model => model.Steps.Count);

        // The largest first: with two threads it takes one of them as long as all others take the other.
        var queue = new System.Collections.Concurrent.ConcurrentQueue<ModelEntry>(missing.OrderByDescending(model =>
            model.Shape.ParameterCount));
        var threads = Enumerable.Range(0, Math.Min(parallel, missing.Length)).Select(_ => Task.Factory.StartNew(
            () =>
            {
                set_num_threads(1);
                while (queue.TryDequeue(out var model))
                {
                    Train(model, tokenizer, tokens, ComputeDevice.Parse(device).Torch, (step, loss) =>
                        progress?.Report(new NanoProgress(model.Name, step, loss, Interlocked.Increment(ref done), total)),
                        cancellationToken);
                }
            },
            cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        await Task.WhenAll(threads).ConfigureAwait(false);

        static int LargestBatch(IReadOnlyList<ModelEntry> models) => checked((int)models.Max(model => model.Schedule!.TokensPerStep));
    }

    /// <summary>Whether every checkpoint of the model is there, made by this version.</summary>
    public bool IsTrained(ModelEntry model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var marker = Path.Combine(root, model.Name, MarkerFile);
        return File.Exists(marker) && File.ReadAllText(marker) == Marker(model);
    }

    /// <summary>A batch in the models' own language that none of them saw in training: 8 rows of their whole context.</summary>
    public static (BatchSpec Spec, byte[] Content) HeldOutBatch()
    {
        const int rows = 8;
        // a token has fewer than 6 letters
        var text = Encoding.UTF8.GetBytes(new NanoText(Seed + 2).Write(rows * NanoSuite.ContextLength * 6));
        return (new BatchSpec(BatchSpec.Text, Convert.ToHexStringLower(SHA256.HashData(text)), rows, NanoSuite.ContextLength, 0), text);
    }

    /// <summary>Entropy of the tokens' frequencies, in nats: the loss of a model that knows nothing but them.</summary>
    internal static double UnigramEntropy(ReadOnlySpan<long> tokens)
    {
        var counts = new Dictionary<long, int>();
        foreach (var token in tokens)
        {
            counts[token] = counts.GetValueOrDefault(token) + 1;
        }

        double n = tokens.Length;
        return -counts.Values.Sum(count => count / n * Math.Log(count / n));
    }

    internal static long[] Tokens(NanoTokenizer tokenizer, int count)
    {
        var text = new NanoText(Seed + 1);
        var tokens = new List<long>(count + 10_000);
        while (tokens.Count < count + 1)
        {
            tokens.AddRange(tokenizer.Encode(text.Write(20_000)).Select(id => (long)id));
            tokens.Add(0); // the end of a document
        }

        return [.. tokens];
    }

    private static string Marker(ModelEntry model)
    {
        var inputs = JsonSerializer.Serialize(new { Version, Seed, BatchRows, model.Shape, model.Schedule, model.Steps });
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(inputs)));
    }

    private void Train(ModelEntry model, NanoTokenizer tokenizer, long[] tokens, Device device, Action<int, double> report,
        CancellationToken cancellationToken)
    {
        var (shape, schedule) = (model.Shape, model.Schedule!);
        var length = checked((int)(schedule.TokensPerStep / BatchRows));
        using var weights = new NanoWeights(shape, Seed, device);
        using var optimizer = new NanoOptimizer(weights, schedule);
        using var rotary = new Rotary(shape, length, device);
        var network = new NeoXModel(shape, name => weights[name], rotary);
        var steps = model.Steps.ToHashSet();
        var files = new NanoFiles(Path.Combine(root, model.Name), model, tokenizer);
        files.Begin();
        double loss = double.NaN;
        for (var step = 0; step <= schedule.TotalSteps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (steps.Contains(step))
            {
                files.Save(step, weights.ToHalf(shape));
                report(step, loss);
            }

            if (step < schedule.TotalSteps)
            {
                loss = Step(network, tokens.AsSpan(checked((int)(step * schedule.TokensPerStep))), length, device);
                optimizer.Step(step);
            }
        }

        files.End(MarkerFile, Marker(model));
    }

    private static double Step(NeoXModel network, ReadOnlySpan<long> tokens, int length, Device device)
    {
        using var scope = NewDisposeScope();
        var count = BatchRows * length;
        var input = tensor(tokens[..count].ToArray(), [BatchRows, length]).to(device);
        var target = tensor(tokens.Slice(1, count).ToArray()).to(device);
        var loss = nn.functional.cross_entropy(network.Logits(input).view(count, -1), target);
        loss.backward();
        return loss.item<float>();
    }
}

/// <summary>How far the training is.</summary>
/// <param name="Model">The model whose checkpoint was saved.</param>
/// <param name="Step">Its step.</param>
/// <param name="Loss">Of the last batch before it, in nats a token; NaN at step 0.</param>
/// <param name="Done">Checkpoints saved, of all models.</param>
/// <param name="Total">Checkpoints to save, of all models.</param>
public sealed record NanoProgress(string Model, int Step, double Loss, int Done, int Total);
