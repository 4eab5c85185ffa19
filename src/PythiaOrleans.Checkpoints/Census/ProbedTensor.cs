using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Formats.Torch;
using PythiaOrleans.Checkpoints.Sources;

namespace PythiaOrleans.Checkpoints.Census;

/// <summary>A tensor of a weight file of which only parts are fetched: what it is, and where its bytes are.</summary>
/// <param name="File">The weight file.</param>
/// <param name="Name">The tensor's name in it.</param>
/// <param name="DType">The type of its elements.</param>
/// <param name="Shape">The sizes of its dimensions.</param>
/// <param name="Begin">Where its first byte is; of a zip archive, where the header of the entry is that holds it.</param>
/// <param name="Bytes">How many bytes it has; 0 where they cannot be fetched in one piece.</param>
/// <param name="InEntry">Of a zip archive, how far its first byte is from the first one of the entry; null of other files.</param>
internal sealed record ProbedTensor(
    RevisionFile File, string Name, DType DType, long[] Shape, long Begin, long Bytes, int? InEntry = null)
{
    /// <summary>Bytes that the header of an entry has at most: torch pads it so that what follows is aligned, to 4,096 at most.</summary>
    public const int MaxEntryHeader = 8192;

    /// <summary>How many bytes to fetch from <see cref="Begin"/> on, so that the tensor's first ones are among them.</summary>
    public int ToFetch(int count) => InEntry is { } inside ? (int)Math.Min(MaxEntryHeader + inside + count, File.Bytes - Begin) : count;

    /// <summary>The tensor's first bytes among those that were fetched from <see cref="Begin"/> on.</summary>
    /// <exception cref="CheckpointFormatException">There is no entry of a zip archive where the directory says.</exception>
    public ReadOnlySpan<byte> First(int count, ReadOnlySpan<byte> fetched)
    {
        if (InEntry is not { } inside)
        {
            return fetched[..count];
        }

        if (ZipEntries.HeaderLength(fetched) is not { } header || header + inside + count > fetched.Length)
        {
            throw new CheckpointFormatException(
                File.Name, $"byte {Begin}", $"the header of an entry with tensor '{Name}'", "other bytes",
                "The file is damaged, or its upload ended early.");
        }

        return fetched.Slice(header + inside, count);
    }
}
