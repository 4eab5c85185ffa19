using System.Runtime.InteropServices;
using PythiaOrleans.Checkpoints.Formats.Torch;

namespace PythiaOrleans.Checkpoints.Tests;

/// <summary>
/// The archive of a GPT-NeoX that real PyTorch wrote, with other values in its place: a run in the format of older suites.
/// </summary>
internal static class TorchWeights
{
    private const string Archive = "neox.bin";

    /// <summary>The archive at a step: a Gaussian start of the seed, and a movement of all values that grows with the step.</summary>
    public static byte[] Run(int seed, int step)
    {
        var bytes = TorchFixture.Bytes(Archive);
        using var file = TorchFile.Open(TorchFixture.PathOf(Archive));
        var (start, path) = (new Random(seed), new Random(1000 + seed));
        foreach (var tensor in file.Tensors.Where(tensor => tensor.Name.EndsWith("weight", StringComparison.Ordinal)))
        {
            var stored = tensor.Values<Half>();
            var at = bytes.AsSpan().IndexOf(MemoryMarshal.AsBytes(stored.AsSpan()));
            Half[] moved = [.. stored.Select(_ => (Half)((0.02 * Gaussian(start)) + (0.1 * step / 143_000 * Gaussian(path))))];
            MemoryMarshal.AsBytes(moved.AsSpan()).CopyTo(bytes.AsSpan(at));
        }

        return bytes;
    }

    private static double Gaussian(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
