using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using PythiaOrleans.Checkpoints.Formats;

namespace PythiaOrleans.Checkpoints.Loading;

/// <summary>SHA-256 of what a checkpoint holds, whatever file format it came in: names, shapes and values of its parameters.</summary>
/// <remarks>
/// float32 on the half-precision grid, as the hub serves Pythia, counts as half precision: the same values have one digest.
/// </remarks>
internal static class ContentDigest
{
    // Small enough for the caches, large enough that a call costs nothing.
    private const int Chunk = 1 << 19;

    /// <summary>Reads every value once, and keeps none of them in memory.</summary>
    public static string Compute(IReadOnlyList<Parameter> parameters)
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, tensor, _) in parameters)
        {
            var (type, digest) = tensor.DType == DType.F32 && HashAsHalf(tensor) is { } half
                ? (DType.F16, half)
                : (tensor.DType, HashRaw(tensor));
            all.AppendData(
                Encoding.UTF8.GetBytes($"{name.Component} {name.Block} {name.Parameter} {type} {string.Join(' ', tensor.Shape)}\n"));
            all.AppendData(digest);
        }

        return Convert.ToHexStringLower(all.GetCurrentHash());
    }

    private static byte[] HashRaw(StoredTensor tensor)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        tensor.Visit(Chunk, hash.AppendData);
        return hash.GetCurrentHash();
    }

    // Null where a value is not exactly a half.
    private static byte[]? HashAsHalf(StoredTensor tensor)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var halves = new ushort[Chunk / sizeof(float)];
        var onGrid = true;
        tensor.Visit(Chunk, bytes =>
        {
            var values = MemoryMarshal.Cast<byte, float>(bytes);
            onGrid = onGrid && HalfGrid.TryConvert(values, halves);
            hash.AppendData(MemoryMarshal.AsBytes(halves.AsSpan(0, values.Length)));
        });
        return onGrid ? hash.GetCurrentHash() : null;
    }
}
