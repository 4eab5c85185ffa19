using System.Runtime.InteropServices;
using System.Text;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Formats.Safetensors;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Checkpoints.Tests;

/// <summary>
/// Models of the catalog on the test's hub: every step that is announced, with small weights that move along a smooth path.
/// </summary>
internal sealed class PublishedSuite(HubServer server)
{
    private const int Hidden = 8;
    private const int Rows = 64;

    private static readonly byte[] Config = Encoding.UTF8.GetBytes("""{"model_type":"gpt_neox"}""");

    /// <summary>Publishes all steps and <c>main</c>, which is the last one.</summary>
    /// <param name="model">Names repository and revisions.</param>
    /// <param name="weights">The weight files of a step by name; null publishes none.</param>
    public void Publish(ModelEntry model, Func<int, IReadOnlyDictionary<string, byte[]>?> weights)
    {
        foreach (var step in model.Steps)
        {
            Add(model, model.RevisionOf(step), weights(step));
        }

        Add(model, "main", weights(model.Steps[^1]));
    }

    /// <summary>Publishes one revision.</summary>
    public void Add(ModelEntry model, string revision, IReadOnlyDictionary<string, byte[]>? weights)
    {
        server.Add(model.Repository!, revision, "config.json", Config);
        server.Add(model.Repository!, revision, "tokenizer.json", "{}"u8.ToArray());
        foreach (var (name, bytes) in weights ?? new Dictionary<string, byte[]>())
        {
            server.Add(model.Repository!, revision, name, bytes);
        }
    }

    /// <summary>One weight file.</summary>
    public static Dictionary<string, byte[]> Whole(byte[] bytes) => new() { ["model.safetensors"] = bytes };

    /// <summary>Several weight files; each says what it is of.</summary>
    public static Dictionary<string, byte[]> Shards(int count, Func<int, string> content) => Enumerable.Range(1, count)
        .ToDictionary(shard => $"model-{shard:00000}-of-{count:00000}.safetensors", shard => Encoding.UTF8.GetBytes(content(shard)));

    /// <summary>
    /// The weights of a run at a step: a Gaussian start of the seed, and a movement along two directions that grows with the step.
    /// </summary>
    /// <param name="seed">Chooses the start.</param>
    /// <param name="step">How far the run is.</param>
    /// <param name="run">Chooses the directions: runs of one start differ from step 1 on.</param>
    public static byte[] Weights(int seed, int step, int run = 0)
    {
        var (start, path) = (new Random(seed), new Random(1000 + run));
        var moved = step / 143_000f;
        var embedding = Enumerable.Range(0, Rows * Hidden)
            .Select(_ => (0.02f * Gaussian(start)) + (moved * 0.1f * Gaussian(path)) + (moved * moved * 0.05f * Gaussian(path)))
            .ToArray();
        var norm = Enumerable.Range(0, Hidden).Select(_ => 1 + (moved * Gaussian(path))).ToArray();
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["weights"],
        [
            new TensorToWrite("gpt_neox.embed_in.weight", DType.F32, [Rows, Hidden], Bytes(embedding)),
            new TensorToWrite("gpt_neox.layers.0.input_layernorm.weight", DType.F32, [Hidden], Bytes(norm)),
            new TensorToWrite("gpt_neox.final_layer_norm.weight", DType.F32, [Hidden], Bytes(norm)),
        ]);
        return File.ReadAllBytes(folder["weights"]);
    }

    private static byte[] Bytes(IEnumerable<float> values) => MemoryMarshal.AsBytes<float>(values.ToArray()).ToArray();

    private static float Gaussian(Random random) =>
        (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
}
