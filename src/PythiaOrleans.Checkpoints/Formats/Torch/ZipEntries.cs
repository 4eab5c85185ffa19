using System.Buffers.Binary;
using System.Text;

namespace PythiaOrleans.Checkpoints.Formats.Torch;

/// <summary>Finds where the entries of a zip archive lie in its file, so that uncompressed ones are read where they lie.</summary>
/// <remarks>
/// PKWARE's APPNOTE 6.3, sections 4.3 and 4.5.3 (zip64). Check sums are not verified, as PyTorch does not; the file's own digest is.
/// </remarks>
internal static class ZipEntries
{
    private const int EndBytes = 22;
    private const int MaxComment = ushort.MaxValue;
    private const int LocatorBytes = 20;
    private const int End64Bytes = 56;
    private const int CentralBytes = 46;
    private const int LocalBytes = 30;
    private const ushort Zip64Field = 1;

    // Bounds what a directory can make us allocate: a checkpoint has a few hundred entries of 20 to 60 bytes each.
    private const int MaxEntries = 50_000;
    private const int MaxName = 256;

    private const string Advice = "The file is damaged or incomplete: fetch it again.";

    /// <summary>One entry: where its bytes are in the file. They are its content only if it is not compressed.</summary>
    public readonly record struct Entry(long Offset, long Length, bool IsPlain);

    /// <summary>One entry as the directory lists it.</summary>
    /// <param name="Header">Where its header is; its bytes come after that.</param>
    /// <param name="Length">How many bytes it has.</param>
    /// <param name="IsPlain">Whether they are its content: neither compressed nor encrypted.</param>
    public readonly record struct Listed(long Header, long Length, bool IsPlain);

    /// <summary>Reads the central directory, and the header of every entry.</summary>
    /// <exception cref="CheckpointFormatException">It is damaged, or an entry lies outside the file.</exception>
    public static Dictionary<string, Entry> Read(RandomAccessFile file) =>
        List(file).ToDictionary(entry => entry.Key, entry => Locate(file, entry.Value), StringComparer.Ordinal);

    /// <summary>Reads the central directory alone.</summary>
    /// <exception cref="CheckpointFormatException">It is damaged.</exception>
    public static Dictionary<string, Listed> List(RandomAccessFile file)
    {
        var (at, end, count) = FindDirectory(file);
        var entries = new Dictionary<string, Listed>(StringComparer.Ordinal);
        for (var i = 0L; i < count; i++)
        {
            var head = Read(file, at, CentralBytes, end);
            if (BinaryPrimitives.ReadUInt32LittleEndian(head) != 0x02014b50)
            {
                throw Wrong(file, at, "an entry of the zip directory", "other bytes");
            }

            var nameLength = U16(head, 28);
            var extraLength = U16(head, 30);
            var name = Read(file, at + CentralBytes, nameLength, end);
            var extra = Read(file, at + CentralBytes + nameLength, extraLength, end);
            if (nameLength > MaxName || !entries.TryAdd(Encoding.UTF8.GetString(name), Describe(file, at, head, extra)))
            {
                throw Wrong(
                    file, at, $"names of at most {MaxName} bytes, each once", nameLength > MaxName ? $"{nameLength} bytes" : "one twice");
            }

            at += CentralBytes + nameLength + extraLength + U16(head, 32);
        }

        return entries;
    }

    /// <summary>Where an entry's bytes are: behind its header, whose length the directory does not tell.</summary>
    /// <exception cref="CheckpointFormatException">The header is damaged, or the entry lies outside the file.</exception>
    public static Entry Locate(RandomAccessFile file, Listed entry)
    {
        var header = HeaderLength(Read(file, entry.Header, LocalBytes, file.Length))
            ?? throw Wrong(file, entry.Header, "the header of an entry", "other bytes");
        var data = entry.Header + header;
        return entry.Length >= 0 && data <= file.Length && entry.Length <= file.Length - data
            ? new Entry(data, entry.Length, entry.IsPlain)
            : throw Wrong(file, entry.Header, $"an entry of {entry.Length} bytes inside the file", $"a file of {file.Length} bytes");
    }

    /// <summary>The length of an entry's header, at its start; null where there is none.</summary>
    /// <remarks>Its extra field differs from the directory's: PyTorch pads there so that the data are aligned.</remarks>
    public static int? HeaderLength(ReadOnlySpan<byte> header) =>
        header.Length >= LocalBytes && U32(header, 0) == 0x04034b50 ? LocalBytes + U16(header, 26) + U16(header, 28) : null;

    /// <summary>Where the central directory is, and how many entries it has.</summary>
    /// <exception cref="CheckpointFormatException">The file has none.</exception>
    public static (long At, long End, long Count) FindDirectory(RandomAccessFile file)
    {
        var tail = (int)Math.Min(file.Length, EndBytes + MaxComment);
        ReadOnlySpan<byte> bytes = file.Read(file.Length - tail, tail);
        var at = tail - EndBytes;
        while (
            at >= 0 && (BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]) != 0x06054b50 || U16(bytes[at..], 20) != tail - at - EndBytes))
        {
            at--;
        }

        if (at < 0)
        {
            throw Wrong(file, file.Length, "the directory that ends a zip archive", "none, so the file was cut off or is no torch archive");
        }

        var end = file.Length - tail + at;
        long count = U16(bytes[at..], 10);
        long length = U32(bytes[at..], 12);
        long offset = U32(bytes[at..], 16);
        if ((count == ushort.MaxValue || length == uint.MaxValue || offset == uint.MaxValue) && end >= LocatorBytes
            && U32(file.Read(end - LocatorBytes, LocatorBytes), 0) == 0x07064b50)
        {
            end = I64(file.Read(end - LocatorBytes, LocatorBytes), 8);
            var record = Read(file, end, End64Bytes, file.Length);
            (count, length, offset) = (I64(record, 32), I64(record, 40), I64(record, 48));
        }

        if (count is < 0 or > MaxEntries || offset < 0 || length < 0 || offset > end || length > end - offset)
        {
            throw Wrong(
                file,
                end,
                $"a directory inside the file with at most {MaxEntries} entries",
                $"{count} entries in {length} bytes from byte {offset}");
        }

        return (offset, offset + length, count);
    }

    private static Listed Describe(RandomAccessFile file, long at, ReadOnlySpan<byte> head, ReadOnlySpan<byte> extra)
    {
        long stored = U32(head, 20);
        long length = U32(head, 24);
        long local = U32(head, 42);
        if (length == uint.MaxValue || stored == uint.MaxValue || local == uint.MaxValue)
        {
            var wide = Field(extra, Zip64Field);
            length = Widen(file, at, length, ref wide);
            stored = Widen(file, at, stored, ref wide);
            local = Widen(file, at, local, ref wide);
        }

        const int encrypted = 1;
        return new Listed(local, stored, U16(head, 10) == 0 && (U16(head, 8) & encrypted) == 0 && stored == length);
    }

    private static ReadOnlySpan<byte> Field(ReadOnlySpan<byte> extra, ushort id)
    {
        while (extra.Length >= 4)
        {
            var length = Math.Min(U16(extra, 2), extra.Length - 4);
            if (U16(extra, 0) == id)
            {
                return extra.Slice(4, length);
            }

            extra = extra[(4 + length)..];
        }

        return [];
    }

    // A number that does not fit in 32 bits is in the zip64 field instead, in this order and only then.
    private static long Widen(RandomAccessFile file, long at, long narrow, ref ReadOnlySpan<byte> wide)
    {
        if (narrow != uint.MaxValue)
        {
            return narrow;
        }

        if (wide.Length < 8)
        {
            throw Wrong(file, at, "a zip64 field with the entry's sizes", "none");
        }

        var value = I64(wide, 0);
        wide = wide[8..];
        return value;
    }

    private static byte[] Read(RandomAccessFile file, long offset, int count, long end) =>
        offset >= 0 && offset <= end - count && end <= file.Length
        ? file.Read(offset, count)
        : throw Wrong(file, offset, $"{count} bytes of the zip archive's directory", "a place outside of it");

    private static int U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long I64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);

    private static CheckpointFormatException Wrong(RandomAccessFile file, long at, string expected, string found) =>
        new(file.Path, $"byte {at}", expected, found, Advice);
}
