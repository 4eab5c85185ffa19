using System.Runtime.InteropServices;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Formats.Safetensors;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Checkpoints.Sources.Folder;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Nano;

namespace PythiaOrleans.Bench;

/// <summary>A checkpoint of a catalog model's shape with seeded Gaussian half-precision weights, in a temporary folder.</summary>
internal sealed class RandomCheckpoint : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("pythia-bench-").FullName;

    public RandomCheckpoint(ModelEntry model, params int[] steps)
    {
        Model = model;
        foreach (var step in steps)
        {
            Write(step);
        }
    }

    public ModelEntry Model { get; }

    public Checkpoint Open(int step) =>
        CheckpointReader.Open(
            new FolderSource(_root)
                .FetchAsync(new CheckpointId(Model.Name, step), CancellationToken.None)
                .AsTask()
                .GetAwaiter()
                .GetResult());

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private void Write(int step)
    {
        var folder = Path.Combine(_root, new CheckpointId(Model.Name, step).Path);
        Directory.CreateDirectory(folder);
        var shape = Model.Shape;
        File.WriteAllText(Path.Combine(folder, "config.json"), NanoFiles.Config(shape));
        var random = new Random(step);
        SafetensorsWriter.Write(
            Path.Combine(folder, "model.safetensors"),
            [
                .. ModelFamilies.For(shape).Expect(shape).Select(
                    tensor => new TensorToWrite(tensor.TensorName, DType.F16, tensor.Shape, Values(random, tensor.Shape)))
            ]);
    }

    private static byte[] Values(Random random, long[] shape)
    {
        var values = new Half[shape.Aggregate(1L, (product, size) => product * size)];
        for (var i = 0; i < values.Length; i += 2)
        {
            var radius = 0.02 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            var (sin, cos) = Math.SinCos(2 * Math.PI * random.NextDouble());
            values[i] = (Half)(radius * cos);
            if (i + 1 < values.Length)
            {
                values[i + 1] = (Half)(radius * sin);
            }
        }

        return MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
    }
}
