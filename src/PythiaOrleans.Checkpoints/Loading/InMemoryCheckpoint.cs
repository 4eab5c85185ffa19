using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Checkpoints.Loading;

/// <summary>A checkpoint without files, for trying out what is to be done with real ones.</summary>
public static class InMemoryCheckpoint
{
    /// <summary>All parameters of a shape with random weights, in float16, uniform between −0.5 and 0.5.</summary>
    /// <param name="shape">Of a family that is known.</param>
    /// <param name="seed">The same seed gives the same weights.</param>
    public static Checkpoint CreateRandom(ModelShape shape, int seed)
    {
        var random = new Random(seed);
        return new Checkpoint(
            new CheckpointId("random", 0),
            shape,
            [
                .. ModelFamilies.For(shape).Expect(shape).Select(expected => new Parameter(
                    expected.Weight, CreateTensor(expected.TensorName, expected.Shape, random), expected.IsTransposed)),
            ],
            files: () => [],
            opened: []);
    }

    private static StoredTensor CreateTensor(string name, long[] shape, Random random)
    {
        var bytes = new byte[sizeof(ushort) * shape.Aggregate(1L, (product, size) => product * size)];
        for (var at = 0; at < bytes.Length; at += sizeof(ushort))
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(at), (Half)(random.NextDouble() - 0.5));
        }

        return new StoredTensor(name, DType.F16, shape, bytes.Length, new MemoryBytes(bytes));
    }
}
