using System.Buffers.Binary;
using System.Numerics;

namespace PythiaOrleans.Checkpoints.Formats.Torch;

/// <summary>
/// Reads what <c>torch.save</c> wrote of a state dict: the pickle that describes the tensors, and where each storage's bytes are.
/// </summary>
internal static class TorchArchive
{
    /// <summary>Bytes of a pickle at most: a state dict's has about 200 a tensor.</summary>
    public const int MaxPickle = 16 << 20;

    private const uint ZipStart = 0x04034b50;

    private const int LegacyProtocol = 1001;

    private const string Advice = "Fetch the file again, or load it with PyTorch where it was made and save the state dict as safetensors.";

    private static readonly BigInteger LegacyMagic = BigInteger.Parse(
        "01950a86a20f9469cfc6c", System.Globalization.NumberStyles.HexNumber, null);

    /// <summary>The state dict and, by key, where its storages lie.</summary>
    public readonly record struct Content(PickleDictionary StateDict, IReadOnlyDictionary<string, (long Offset, long Length)> Storages);

    /// <summary>Reads either format: the zip archive (PyTorch 1.6 and later) or the pickles in a row before it.</summary>
    /// <exception cref="CheckpointFormatException">The file is damaged, or holds something else than tensors by name.</exception>
    public static Content Read(RandomAccessFile file)
    {
        if (file.Length < 4)
        {
            throw Wrong(file, "byte 0", "a file that torch.save wrote", $"a file of {file.Length} bytes");
        }

        return BinaryPrimitives.ReadUInt32LittleEndian(file.Read(0, 4)) switch
        {
            ZipStart => ReadZip(file),
            var start when (start & 0xff) == 0x80 => ReadLegacy(file),
            var start => throw Wrong(
                file, "byte 0", "a zip archive or a pickle, as torch.save writes them",
                $"bytes {start & 0xff:x2} {(start >> 8) & 0xff:x2} {(start >> 16) & 0xff:x2} {start >> 24:x2}"),
        };
    }

    /// <summary>Refuses a file that does not start as a zip archive does.</summary>
    /// <exception cref="CheckpointFormatException">It starts otherwise.</exception>
    public static bool CheckIsZip(RandomAccessFile file) => file.Length >= 4 && BinaryPrimitives.ReadUInt32LittleEndian(file.Read(0, 4)) is
        var start && start == ZipStart ? true : throw Wrong(file, "byte 0", "a zip archive, as torch.save writes it", "other bytes");

    /// <summary>The entry with the pickle that describes the tensors, and the folder in which it is.</summary>
    /// <exception cref="CheckpointFormatException">There is not exactly one.</exception>
    public static (string Pickle, string Root) FindPickle(RandomAccessFile file, IReadOnlyCollection<string> entries)
    {
        const string pickleName = "/data.pkl";
        var pickles = entries.Where(
            name =>
                name.EndsWith(pickleName, StringComparison.Ordinal)
                    && name.IndexOf('/', StringComparison.Ordinal) == name.Length - pickleName.Length)
            .ToArray();
        return pickles is [var pickle]
            ? (pickle, pickle[..^pickleName.Length])
            : throw Wrong(file, "the zip directory", "one data.pkl in its top folder", $"{pickles.Length} of {entries.Count} entries");
    }

    /// <summary>Reads the tensors by name.</summary>
    /// <exception cref="CheckpointFormatException">The pickle is too long, or holds something else.</exception>
    public static PickleDictionary ReadStateDict(RandomAccessFile file, string pickle, ZipEntries.Entry entry)
    {
        var (offset, length) = Plain(file, pickle, entry);
        if (length > MaxPickle)
        {
            throw Wrong(file, pickle, $"at most {MaxPickle} bytes", $"{length}");
        }

        return StateDicts.Find(
            Dictionary(file, "data.pkl", new PickleReader(file.Read(offset, (int)length), file.Path, "data.pkl").Read()));
    }

    private static Content ReadZip(RandomAccessFile file)
    {
        var entries = ZipEntries.Read(file);
        var (pickle, root) = FindPickle(file, entries.Keys);
        if (entries.TryGetValue($"{root}/byteorder", out var order)
            && !(order.IsPlain && order.Length == 6 && file.Read(order.Offset, 6).AsSpan().SequenceEqual("little"u8)))
        {
            throw Wrong(file, "byteorder", "little", "another byte order");
        }

        var data = $"{root}/data/";
        return new Content(
            ReadStateDict(file, pickle, entries[pickle]),
            entries.Where(entry => entry.Key.StartsWith(data, StringComparison.Ordinal) && entry.Value.IsPlain)
                .ToDictionary(
                    entry => entry.Key[data.Length..], entry => (entry.Value.Offset, entry.Value.Length), StringComparer.Ordinal));
    }

    // Four pickles (magic, version, machine, state dict), a fifth with the storages' keys, then for each key 8 bytes of count and the
    // elements.
    private static Content ReadLegacy(RandomAccessFile file)
    {
        long at = 0;
        if (Next(file, ref at, "the magic number") is not BigInteger magic || magic != LegacyMagic)
        {
            throw Wrong(file, "byte 0", "the magic number of torch.save", "another pickle");
        }

        var version = Next(file, ref at, "the protocol version");
        if (version is not (long)LegacyProtocol)
        {
            throw Wrong(file, "the protocol version", $"{LegacyProtocol}", $"{version}");
        }

        if (Next(file, ref at, "the machine's description") is not PickleDictionary machine
            || machine.Items.Contains(("little_endian", false)))
        {
            throw Wrong(file, "the machine's description", "a little-endian machine", "another one");
        }

        var dictionary = Dictionary(file, "the state dict", Next(file, ref at, "the state dict"));
        if (Next(file, ref at, "the list of storages") is not PickleList keys)
        {
            throw Wrong(file, "the list of storages", "a list", "something else");
        }

        return new Content(StateDicts.Find(dictionary), Storages(file, at, dictionary, keys));
    }

    private static Dictionary<string, (long Offset, long Length)> Storages(
        RandomAccessFile file, long at, PickleDictionary dictionary, PickleList keys)
    {
        var widths = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var tensor in StateDicts.AllTensors(dictionary))
        {
            widths[tensor.Storage.Key] = tensor.Storage.DType.Width();
        }

        var storages = new Dictionary<string, (long, long)>(StringComparer.Ordinal);
        foreach (var key in keys.Items)
        {
            // Without its element type a storage's length is not known, so neither is where the next one starts.
            if (key is not string name || !widths.TryGetValue(name, out var width))
            {
                throw Wrong(file, $"byte {at}", "a storage of one of the tensors", $"a storage '{key as string}' that no tensor uses");
            }

            var count = at <= file.Length - sizeof(long) ? BinaryPrimitives.ReadInt64LittleEndian(file.Read(at, sizeof(long))) : -1;
            at += sizeof(long);
            if (count < 0 || count > (file.Length - at) / width || !storages.TryAdd(name, (at, count * width)))
            {
                throw Wrong(
                    file,
                    $"storage '{name}', byte {at}",
                    "its elements, once and inside the file",
                    $"{count} elements of {width} bytes in a file of {file.Length}");
            }

            at += count * width;
        }

        return at == file.Length ? storages : throw Wrong(file, $"byte {at}", "the end of the file", $"{file.Length - at} more bytes");
    }

    private static object? Next(RandomAccessFile file, ref long at, string part)
    {
        var reader = new PickleReader(file.Read(at, (int)Math.Min(MaxPickle, file.Length - at)), file.Path, part);
        var value = reader.Read();
        at += reader.Consumed;
        return value;
    }

    private static PickleDictionary Dictionary(RandomAccessFile file, string part, object? root) => root as PickleDictionary
        ?? throw Wrong(file, part, "a dictionary of tensors by name", "something else");

    private static (long Offset, long Length) Plain(RandomAccessFile file, string name, ZipEntries.Entry entry) => entry.IsPlain
        ? (entry.Offset, entry.Length)
        : throw Wrong(file, name, "an entry that is neither compressed nor encrypted, as torch.save writes it", "one that is");

    private static CheckpointFormatException Wrong(RandomAccessFile file, string place, string expected, string found) =>
        new(file.Path, place, expected, found, Advice);
}
