using System.Buffers.Binary;
using System.Security.Cryptography;
using PythiaOrleans.Checkpoints.Formats;

namespace PythiaOrleans.Checkpoints.Sources;

/// <summary>
/// Collects a few places of a checkpoint's weight files into one digest: two steps of training differ nearly everywhere, copies nowhere.
/// </summary>
internal sealed class WeightSample : IDisposable
{
    private const int Places = 16;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>What stands before the sign of a file that was sampled and not read whole.</summary>
    public const string Prefix = "sample:";

    /// <summary>Bytes that are read at each place.</summary>
    public const int PlaceBytes = 4096;

    /// <summary>
    /// Where to read in a file of a length, ascending: the header at its start, then places at even distances to its end.
    /// </summary>
    public static IEnumerable<long> FindPlaces(long bytes) =>
        Enumerable.Range(0, Places).Select(place => Math.Max(0, bytes - PlaceBytes) * place / (Places - 1)).Distinct();

    /// <summary>Starts a file.</summary>
    public void AddFile(long bytes)
    {
        Span<byte> length = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, bytes);
        _hash.AppendData(length);
    }

    /// <summary>Adds a file of this disk.</summary>
    public void AddFile(string path)
    {
        using var file = RegularFile.Open(path);
        var bytes = RandomAccess.GetLength(file);
        AddFile(bytes);
        var buffer = new byte[PlaceBytes];
        foreach (var place in FindPlaces(bytes))
        {
            Add(buffer.AsSpan(0, RandomAccess.Read(file, buffer, place)));
        }
    }

    /// <summary>Adds what was read at a place.</summary>
    public void Add(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    /// <summary>The digest, 64 hexadecimal digits.</summary>
    public string Finish() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    public void Dispose() => _hash.Dispose();
}
