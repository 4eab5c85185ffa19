using System.Globalization;
using System.Runtime.InteropServices;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Formats.Safetensors;
using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>Small GPT-NeoX models of two sizes, each trained with three seeds as it were: twelve checkpoints that grow from a start of
/// the seed.</summary>
internal sealed class SeededSuite : IDisposable
{
    public const int Seeds = 3;
    public const int LastStep = 110;

    private const int Blocks = 2;
    private const int Vocabulary = 64;

    private static readonly (string Name, int Hidden)[] Sizes = [("tiny", 16), ("small", 32)];

    private readonly TemporaryFolder _folder = new();

    public SeededSuite()
    {
        foreach (var (name, hidden) in Sizes)
        {
            for (var seed = 0; seed < Seeds; seed++)
            {
                Write(NameOf(name, seed), hidden, new Random((100 * hidden) + seed));
            }
        }
    }

    public static string Models =>
        string.Join(',', Sizes.SelectMany(_ => Enumerable.Range(0, Seeds), (size, seed) => NameOf(size.Name, seed)));

    public string Source => _folder["checkpoints"];

    public string Store => _folder["store"];

    public string this[string file] => _folder[file];

    public void Dispose() => _folder.Dispose();

    private static string NameOf(string size, int seed) => seed == 0 ? size : $"{size}-seed{seed}";

    private void Write(string model, int hidden, Random random)
    {
        var shape = new ModelShape
        {
            ModelType = "gpt_neox",
            Blocks = Blocks,
            HiddenSize = hidden,
            Heads = 2,
            IntermediateSize = 4 * hidden,
            VocabularyRows = Vocabulary,
        };
        var tensors = ModelFamilies.For(shape).Expect(shape).ToArray();
        double[][] start = [.. tensors.Select(tensor => Draw(random, tensor.Shape))];
        for (var step = 0; step <= LastStep; step += 10)
        {
            var folder = Path.Combine(Source, model, string.Create(CultureInfo.InvariantCulture, $"step{step}"));
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, "config.json"), TinySuite.Config(hidden));
            var size = 0.1 * (1 + Math.Sqrt(step / (double)LastStep));
            SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), [.. tensors.Select((tensor, i) => new TensorToWrite(
                tensor.TensorName, DType.F16, tensor.Shape,
                MemoryMarshal.AsBytes<Half>([.. start[i].Select(value => (Half)(size * value))]).ToArray()))]);
        }
    }

    private static double[] Draw(Random random, IReadOnlyList<long> shape) =>
    [
        .. Enumerable.Range(0, (int)shape.Aggregate(1L, (product, size) => product * size))
            .Select(_ => random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5),
    ];
}
