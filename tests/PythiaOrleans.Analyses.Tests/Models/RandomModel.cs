using System.Runtime.InteropServices;
using System.Text.Json;
using PythiaOrleans.Analyses.Tokens;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Formats.Safetensors;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Checkpoints.Sources;
using PythiaOrleans.Checkpoints.Sources.Folder;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Nano;

namespace PythiaOrleans.Analyses.Tests;

/// <summary>A model with seeded float32 weights as a checkpoint on disk, and the same weights as float64 arrays.</summary>
internal sealed class RandomModel : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pythia-neox-").FullName;
    private readonly CheckpointFiles _files;

    private readonly JsonElement _config;

    /// <summary>A model of one of the <see cref="OtherFamilies"/>.</summary>
    public RandomModel(string family, int seed)
        : this(OtherFamilies.Shape(family), seed, config: OtherFamilies.Config(family))
    {
    }

    public RandomModel(
        ModelShape shape,
        int seed,
        Func<WeightName, float?>? first = null,
        bool tokenizer = false,
        Func<int, int, double>? embed = null,
        Action<WeightName, float[]>? edit = null,
        string? config = null)
    {
        Shape = shape;
        _config = config is null ? default : JsonDocument.Parse(config).RootElement;
        var random = new Random(seed);
        var tensors = ModelFamilies.For(shape).Expect(shape).Select(expected =>
        {
            var count = (int)expected.Shape.Aggregate(1L, (product, size) => product * size);
            var values = Enumerable.Range(0, count)
                .Select(_ => (float)((random.NextDouble() - 0.5) * (expected.Shape.Length == 1 ? 2 : 0.8)))
                .ToArray();
            for (var i = 0; embed is not null && expected.Weight.Component == Components.EmbedIn && i < values.Length; i++)
            {
                values[i] += (float)embed(i / shape.HiddenSize, i % shape.HiddenSize);
            }

            values[0] = first?.Invoke(expected.Weight) ?? values[0];
            edit?.Invoke(expected.Weight, values);
            Weights[expected.Weight] = [.. values.Select(value => (double)value)];
            return new TensorToWrite(expected.TensorName, DType.F32, expected.Shape, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
        }).ToArray();
        var target = Directory.CreateDirectory(Path.Combine(_folder, "m", "step0")).FullName;
        File.WriteAllText(Path.Combine(target, "config.json"), config ?? NanoFiles.Config(shape));
        if (tokenizer)
        {
            File.WriteAllText(Path.Combine(target, "tokenizer.json"), Tokenizer.Value.ToJson());
        }

        SafetensorsWriter.Write(Path.Combine(target, "model.safetensors"), tensors);
        _files = new FolderSource(_folder).FetchAsync(new CheckpointId("m", 0), CancellationToken.None).AsTask().GetAwaiter().GetResult();
        Checkpoint = CheckpointReader.Open(_files);
    }

    // Bytes and a few merges; id 0 is the end of text.
    private static readonly Lazy<NanoTokenizer> Tokenizer = new(() => NanoTokenizer.Learn(new NanoText(1).Write(20_000), 300));

    public ModelShape Shape { get; }

    public Checkpoint Checkpoint { get; }

    public Dictionary<WeightName, double[]> Weights { get; } = [];

    public AnalysisInput Input =>
        new(
            Checkpoint,
            null,
            null,
            new ModelEntry { Name = "m", Shape = Shape, Steps = [0], TokenCount = Shape.VocabularyRows })
        { Device = TestDevice.Device };

    /// <summary>The letter of a token that is one byte of ASCII; 0 for others.</summary>
    public static char ByteToken(int id) => Tokenizer.Value.Decode([id]) is [var letter and < '\u0080'] ? letter : '\0';

    /// <summary>The stream at every stage and the logits, by plain loops.</summary>
    /// <param name="tokens">One row.</param>
    /// <param name="onAttention">Called with block, head, query, key and the attention of each pair that is seen.</param>
    /// <param name="change">Changes the stream after the embedding (0) and after each block (1 ... L).</param>
    /// <param name="onMlp">Called with block and what its MLP adds to the stream.</param>
    public double[][] Loop(
        int[] tokens,
        Action<int, int, int, int, double>? onAttention = null,
        Func<int, double[], double[]>? change = null,
        Action<int, double[]>? onMlp = null) => Shape.ModelType switch
        {
            "gpt_neox" => new LoopModel(Shape, name => Weights[name], _config)
            {
                OnAttention = onAttention,
                Change = change,
                OnMlp = onMlp,
            }.Run(tokens),
            "bloom" => new LoopBloom(Shape, name => Weights[name]) { OnAttention = onAttention }.Run(tokens),
            "gpt2" => new LoopGpt2(Shape, name => Weights[name], _config)
            {
                OnAttention = onAttention,
                Change = change,
                OnMlp = onMlp,
            }.Run(tokens),
            _ => new LoopLlama(_config, name => Weights[name]) { OnAttention = onAttention, Change = change, OnMlp = onMlp }.Run(tokens),
        };

    /// <summary>The mean next-token loss in float64, by plain loops.</summary>
    public double Loss(int[][] batch)
    {
        double sum = 0;
        foreach (var row in batch)
        {
            var logits = Loop(row)[^1];
            var vocabulary = Shape.VocabularyRows;
            for (var position = 0; position + 1 < row.Length; position++)
            {
                var own = logits[(position * vocabulary)..((position + 1) * vocabulary)];
                var largest = own.Max();
                sum += largest + Math.Log(own.Sum(value => Math.Exp(value - largest))) - own[row[position + 1]];
            }
        }

        return sum / batch.Sum(row => row.Length - 1);
    }

    public void Dispose()
    {
        Checkpoint.Dispose();
        _files.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
