using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace PythiaOrleans.Checkpoints.Cache;

/// <summary>
/// A file that arrives in parts, in any order, over several lives of the process: the bytes, and a journal of how far each part has come.
/// </summary>
internal sealed class PartialFile : IDisposable
{
    private readonly SafeFileHandle _bytes;
    private readonly StreamWriter _journal;

    private PartialFile(SafeFileHandle bytes, StreamWriter journal, IReadOnlyList<Part> parts)
    {
        _bytes = bytes;
        _journal = journal;
        Parts = parts;
    }

    public IReadOnlyList<Part> Parts { get; }

    /// <summary>Opens what an earlier attempt left, or starts again where nothing usable is there.</summary>
    /// <param name="path">The file that grows; its journal lies beside it.</param>
    /// <param name="bytes">The length of the finished file.</param>
    /// <param name="prefix">Bytes at the start of an existing file without a journal that are known to be there.</param>
    public static PartialFile Open(string path, long bytes, long prefix = 0)
    {
        var size = PartBytes(bytes);
        var parts = Enumerable.Range(0, (int)((bytes + size - 1) / size))
            .Select(index => new Part(index, index * size, Math.Min(size, bytes - (index * size))))
            .ToArray();
        if (File.Exists(path) && File.Exists(JournalOf(path)))
        {
            LoadJournal(JournalOf(path), bytes, parts);
        }
        else
        {
            foreach (var part in parts)
            {
                part.Received = Math.Clamp(prefix - part.Start, 0, part.Bytes);
            }
        }

        var handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        RandomAccess.SetLength(handle, bytes);
        var journal = new StreamWriter(JournalOf(path), append: false) { AutoFlush = true };
        var file = new PartialFile(handle, journal, parts);
        journal.WriteLine(Line(-1, bytes));
        foreach (var part in parts.Where(part => part.Received > 0))
        {
            file.RecordProgress(part);
        }

        return file;
    }

    public static string JournalOf(string path) => $"{path}.parts";

    /// <summary>Puts bytes behind those that the part has.</summary>
    public async ValueTask AppendAsync(Part part, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await RandomAccess.WriteAsync(_bytes, bytes, part.Start + part.Received, cancellationToken).ConfigureAwait(false);
        part.Received += bytes.Length;
    }

    /// <summary>
    /// Enters into the journal how far the part has come. Later entries win, so that a crash costs only what was not entered.
    /// </summary>
    public void RecordProgress(Part part)
    {
        lock (_journal)
        {
            _journal.WriteLine(Line(part.Index, part.Received));
        }
    }

    /// <summary>Forgets the part's bytes.</summary>
    public void Reset(Part part)
    {
        part.Received = 0;
        RecordProgress(part);
    }

    /// <summary>Whether the bytes at that place are these.</summary>
    public bool Matches(long start, ReadOnlySpan<byte> bytes)
    {
        var own = new byte[bytes.Length];
        return RandomAccess.Read(_bytes, own, start) == bytes.Length && bytes.SequenceEqual(own);
    }

    public void Dispose()
    {
        _bytes.Dispose();
        _journal.Dispose();
    }

    // About 64 parts: small enough that one that must be fetched again is cheap, large enough that requests are few.
    internal static long PartBytes(long bytes) => Math.Clamp(bytes / 64, 1 << 20, 32 << 20);

    private static void LoadJournal(string journal, long bytes, Part[] parts)
    {
        var lines = File.ReadAllLines(journal);
        if (lines.Length == 0 || lines[0] != Line(-1, bytes))
        {
            return;
        }

        foreach (var line in lines.Skip(1))
        {
            var words = line.Split(' ');
            // The last line may be torn.
            if (words is [var index, var received, "."]
                && int.TryParse(index, out var i) && i >= 0 && i < parts.Length && long.TryParse(received, out var count))
            {
                parts[i].Received = Math.Clamp(count, 0, parts[i].Bytes);
            }
        }
    }

    private static string Line(int index, long count) => string.Create(CultureInfo.InvariantCulture, $"{index} {count} .");

    /// <summary>One part.</summary>
    internal sealed class Part(int index, long start, long bytes)
    {
        public int Index => index;

        public long Start => start;

        public long Bytes => bytes;

        public long Received { get; set; }

        public bool Complete => Received == bytes;
    }
}
