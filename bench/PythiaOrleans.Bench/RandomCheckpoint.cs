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
    private const int PieceBytes = 1 << 21;

    public RandomCheckpoint(ModelEntry model, params int[] steps)
    {
        Model = model;
        foreach (var step in steps)
        {
            Write(step);
        }
    }

    public ModelEntry Model { get; }

    /// <summary>The folder, laid out as a source.</summary>
    public string Root { get; } = Directory.CreateTempSubdirectory("pythia-bench-").FullName;

    public Checkpoint Open(int step) =>
        CheckpointReader.Open(
            new FolderSource(Root)
                .FetchAsync(new CheckpointId(Model.Name, step), CancellationToken.None)
                .AsTask()
                .GetAwaiter()
                .GetResult());

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private void Write(int step)
    {
        var folder = Path.Combine(Root, new CheckpointId(Model.Name, step).Path);
        Directory.CreateDirectory(folder);
        var shape = Model.Shape;
        File.WriteAllText(Path.Combine(folder, "config.json"), NanoFiles.Config(shape));
        SafetensorsWriter.Write(
            Path.Combine(folder, "model.safetensors"),
            [
                .. ModelFamilies.For(shape).Expect(shape).Select(
                    (tensor, place) => new TensorToWrite(tensor.TensorName, DType.F16, tensor.Shape, Values(step, place, tensor.Shape)))
            ]);
    }

    // Pieces have seeds of their own, so that all cores fill a large model.
    private static byte[] Values(int step, int place, long[] shape)
    {
        var bytes = new byte[shape.Aggregate((long)sizeof(short), (product, size) => product * size)];
        Parallel.For(0, (bytes.Length + PieceBytes - 1) / PieceBytes, piece =>
        {
            var from = piece * PieceBytes;
            Fill(
                new Random(HashCode(step, place, piece)),
                MemoryMarshal.Cast<byte, Half>(bytes.AsSpan(from, Math.Min(PieceBytes, bytes.Length - from))));
        });
        return bytes;
    }

    // The same in every process, unlike System.HashCode.
    private static int HashCode(int step, int place, int piece) => unchecked((((step * 31) + place) * 8191) + piece);

    private static void Fill(Random random, Span<Half> values)
    {
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
    }
}
