using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Analyses.Tokens;

/// <summary>Reads a user's file of text or token ids into the one form in which a store keeps batches.</summary>
/// <remarks>
/// <c>.txt</c>: UTF-8. <c>.npy</c>: integers, row-major. <c>.u16</c>, <c>.u32</c>: raw, little-endian. <c>.bin</c>: raw uint16; where the
/// length is a multiple of 2,049 tokens, rows of 2,049 as in EleutherAI's pre-shuffled Pile, of which each row keeps the first tokens that
/// the batch's length asks for.
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
            ".npy" => (BatchSpec.Ids, Ids(FromNpy(path, bytes))),
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

    private static uint[] FromNpy(string path, byte[] bytes)
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
        var type = NpyType().Match(header).Groups[1].Value;
        if (!header.Contains("'fortran_order': False", StringComparison.Ordinal))
        {
            throw new CheckpointFormatException(path, "header", "rows one after another (fortran_order False)", header.Trim(),
                "Save numpy.ascontiguousarray of it.");
        }

        var data = bytes[(start + headerLength)..];
        return type switch
        {
            "<u2" or "<i2" => FromShorts(path, data),
            "<u4" or "<i4" => FromWords(path, data),
            "<u8" or "<i8" when data.Length % 8 == 0 =>
                [.. MemoryMarshal.Cast<byte, long>(data).ToArray().Select(id => (uint)Math.Clamp(id, 0, uint.MaxValue))],
            _ =>
                throw new CheckpointFormatException(path, "header", "little-endian integers of 2, 4 or 8 bytes",
                    type.Length == 0 ? header.Trim() : type, "Save the ids with astype('<u4')."),
        };
    }

    [GeneratedRegex("""'descr':\s*'([^']+)'""", RegexOptions.CultureInvariant)]
    private static partial Regex NpyType();
}
