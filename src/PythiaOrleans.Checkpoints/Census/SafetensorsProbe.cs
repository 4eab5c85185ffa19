using System.Buffers.Binary;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Formats.Safetensors;
using PythiaOrleans.Checkpoints.Sources;

namespace PythiaOrleans.Checkpoints.Census;

/// <summary>Reads which tensors a safetensors file holds, and where, from its header alone.</summary>
internal static class SafetensorsProbe
{
    private const int LengthBytes = 8;
    private const long MaxHeader = 100_000_000;

    /// <summary>Fetches the header.</summary>
    /// <param name="file">The weight file.</param>
    /// <param name="read">Fetches parts of it.</param>
    /// <param name="guess">Bytes that most headers do not exceed.</param>
    /// <exception cref="CheckpointFormatException">The header is damaged, or does not fit the file.</exception>
    public static async Task<IReadOnlyList<ProbedTensor>> ReadAsync(RevisionFile file, RangeReader read, int guess)
    {
        var bytes = await read(0, (int)Math.Min(guess, file.Bytes)).ConfigureAwait(false);
        var length = bytes.Length < LengthBytes ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        var whole = Math.Min(length, MaxHeader) + LengthBytes;
        using var copy = new SparseFile(file.Name, file.Bytes);
        copy.Write(0, bytes);
        if (whole > (ulong)bytes.Length && whole <= (ulong)file.Bytes && length <= MaxHeader)
        {
            copy.Write(bytes.Length, await read(bytes.Length, (int)(whole - (ulong)bytes.Length)).ConfigureAwait(false));
        }

        return
        [
            .. copy.Read(SafetensorsHeader.Read)
                .Select(entry => new ProbedTensor(file, entry.Name, entry.DType, entry.Shape, entry.Begin, entry.End - entry.Begin)),
        ];
    }
}
