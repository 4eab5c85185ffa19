using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Analyses.Tokens;

/// <summary>Reads a user's file of text or token ids into the one form in which a store keeps batches.</summary>
/// <remarks>
/// <c>.txt</c>: UTF-8. <c>.npy</c>: integers, row-major; of an array of two dimensions each row is a row of the batch, of which the first
/// tokens are kept. <c>.u16</c>, <c>.u32</c>: raw, little-endian. <c>.bin</c>: raw uint16; where the length is a multiple of
/// 2,049 tokens, rows of 2,049 as in EleutherAI's pre-shuffled Pile, of which each row keeps the first tokens that the batch's length asks
/// for.
/// </remarks>
public static partial class BatchFile
{
    private const int PreshuffledRow = 2049;
    private const string Advice = "Give .txt, .npy, .u16, .u32 or .bin (uint16).";

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rows">Sequences of the batch.</param>
    /// <param name="length">Tokens of a sequence.</param>
    /// <param name="seed">0 takes the first rows, others choose.</param>
    /// <exception cref="CheckpointFormatException">The file is none of these, or damaged.</exception>
    public static (BatchSpec Spec, byte[] Content) Read(string path, int rows, int length, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 2);
        var bytes = File.ReadAllBytes(path);
        var (kind, content) = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".txt" => (BatchSpec.Text, CheckedText(path, bytes)),
            ".npy" => (BatchSpec.Ids, Ids(FromNpy(path, bytes, length))),
            ".u16" => (BatchSpec.Ids, Ids(FromShorts(path, bytes))),
            ".u32" => (BatchSpec.Ids, Ids(FromWords(path, bytes))),
            ".bin" => (BatchSpec.Ids, Ids(Trim(FromShorts(path, bytes), length))),
            var other => throw new CheckpointFormatException(path, "name", "a known extension", $"'{other}'", Advice),
        };
        return (new BatchSpec(kind, Convert.ToHexStringLower(SHA256.HashData(content)), rows, length, seed), content);
    }

    private static byte[] CheckedText(string path, byte[] bytes)
    {
        try
        {
            _ = new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(bytes);
            return bytes;
        }
        catch (DecoderFallbackException error)
        {
            throw new CheckpointFormatException(path, $"byte {error.Index}", "UTF-8", "something else", "Save the text as UTF-8.");
        }
    }

    private static byte[] Ids(uint[] ids) => MemoryMarshal.AsBytes(ids.AsSpan()).ToArray();

    private static uint[] FromShorts(string path, byte[] bytes) => bytes.Length % 2 == 0
        ? [.. MemoryMarshal.Cast<byte, ushort>(bytes).ToArray().Select(id => (uint)id)]
        : throw new CheckpointFormatException(path, "length", "two bytes a token", $"{bytes.Length} bytes", Advice);

    private static uint[] FromWords(string path, byte[] bytes) => bytes.Length % 4 == 0
        ? MemoryMarshal.Cast<byte, uint>(bytes).ToArray()
        : throw new CheckpointFormatException(path, "length", "four bytes a token", $"{bytes.Length} bytes", Advice);

    // Rows of 2,049 keep their first tokens, so that no row of the batch runs over into the next text.
    private static uint[] Trim(uint[] ids, int length) => ids.Length % PreshuffledRow == 0 && length <= PreshuffledRow
        ? [.. ids.Chunk(PreshuffledRow).SelectMany(row => row.Take(length))]
        : ids;

    private static uint[] FromNpy(string path, byte[] bytes, int length)
    {
        if (bytes.Length < 12 || bytes[0] != 0x93 || !bytes.AsSpan(1, 5).SequenceEqual("NUMPY"u8))
        {
            throw new CheckpointFormatException(path, "byte 0", "the mark of a NumPy file", "something else", Advice);
        }

        var start = bytes[6] == 1 ? 10 : 12;
        var headerLength = bytes[6] == 1
            ? BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8))
            : BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(8));
        if (headerLength < 0 || headerLength > bytes.Length - start)
        {
            throw new CheckpointFormatException(path, "header", $"at most {bytes.Length - start} bytes", $"{headerLength}", Advice);
        }

        var header = Encoding.ASCII.GetString(bytes, start, headerLength);
        if (!header.Contains("'fortran_order': False", StringComparison.Ordinal))
        {
            throw new CheckpointFormatException(path, "header", "rows one after another (fortran_order False)", header.Trim(),
                "Save numpy.ascontiguousarray of it.");
        }

        var ids = FromIntegers(path, header, bytes.AsSpan(start + headerLength));
        long[] shape =
        [
            .. NpyNumber().Matches(NpyShape().Match(header).Groups[1].Value).Select(
                match => long.TryParse(match.Value, out var size) ? size : -1)
        ];
        return shape switch
        {
            [] or [_] => ids,
            [var rows, var columns] when rows > 0 && columns >= length && rows <= ids.Length / columns && rows * columns == ids.Length =>
                [.. ids.Chunk((int)columns).SelectMany(row => row.Take(length))],
            _ => throw new CheckpointFormatException(
                path, "shape", $"one dimension, or rows of at least {length} tokens",
                $"({string.Join(", ", shape)}) with {ids.Length} numbers",
                "Give a smaller --batch-length, or save the ids as one long row."),
        };
    }

    private static uint[] FromIntegers(string path, string header, ReadOnlySpan<byte> data) =>
        NpyType().Match(header).Groups[1].Value switch
        {
            "<u2" => ToIds<ushort>(path, data),
            "<i2" => ToIds<short>(path, data),
            "<u4" => ToIds<uint>(path, data),
            "<i4" => ToIds<int>(path, data),
            "<u8" => ToIds<ulong>(path, data),
            "<i8" => ToIds<long>(path, data),
            var type => throw new CheckpointFormatException(
                path, "header", "little-endian integers of 2, 4 or 8 bytes", type.Length == 0
                    ? header.Trim()
                    : type, "Save the ids with astype('<u4')."),
        };

    // A padding of -100, or an id that does not fit, must not become another id.
    private static uint[] ToIds<T>(string path, ReadOnlySpan<byte> data)
        where T : unmanaged, IBinaryInteger<T>
    {
        var size = Unsafe.SizeOf<T>();
        if (data.Length % size != 0)
        {
            throw new CheckpointFormatException(path, "length", $"{size} bytes a token", $"{data.Length} bytes", Advice);
        }

        var values = MemoryMarshal.Cast<byte, T>(data);
        var ids = new uint[values.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = !T.IsNegative(values[i]) && values[i] <= T.CreateSaturating(int.MaxValue)
                ? uint.CreateChecked(values[i])
                : throw new CheckpointFormatException(
                    path, $"token {i}", "an id from 0", $"{values[i]}", "Take padding and masks out of the file.");
        }

        return ids;
    }

    [GeneratedRegex("""'shape':\s*\(([^)]*)\)""", RegexOptions.CultureInvariant)]
    private static partial Regex NpyShape();

    [GeneratedRegex("[0-9]+", RegexOptions.CultureInvariant)]
    private static partial Regex NpyNumber();

    [GeneratedRegex("""'descr':\s*'([^']+)'""", RegexOptions.CultureInvariant)]
    private static partial Regex NpyType();
}
