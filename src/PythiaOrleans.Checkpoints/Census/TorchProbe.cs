using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Formats.Torch;
using PythiaOrleans.Checkpoints.Sources;

namespace PythiaOrleans.Checkpoints.Census;

/// <summary>
/// Reads which tensors a zip archive of <c>torch.save</c> holds, and where, from its two ends: the pickle that describes the tensors comes
/// first, the directory last.
/// </summary>
internal static class TorchProbe
{
    private const byte PickleStart = 0x80; // the format before PyTorch 1.6

    /// <summary>Fetches pickle and directory.</summary>
    /// <param name="file">The weight file.</param>
    /// <param name="read">Fetches parts of it.</param>
    /// <param name="guess">Bytes that most pickles, and most directories, do not exceed.</param>
    /// <returns>The tensors; null of the format before PyTorch 1.6, which has no directory.</returns>
    /// <exception cref="CheckpointFormatException">The archive is damaged, or holds something else than tensors by name.</exception>
    public static async Task<IReadOnlyList<ProbedTensor>?> ReadAsync(RevisionFile file, RangeReader read, int guess)
    {
        using var copy = new SparseFile(file.Name, file.Bytes);
        var head = Math.Min(guess, file.Bytes);
        var start = await FetchAsync(0, head).ConfigureAwait(false);
        if (start is [PickleStart, ..])
        {
            return null;
        }

        var tail = Math.Max(head, file.Bytes - guess);
        await FetchAsync(tail, file.Bytes).ConfigureAwait(false);
        copy.Read(TorchArchive.CheckIsZip);
        var directory = copy.Read(ZipEntries.FindDirectory).At;
        await FetchAsync(Math.Max(head, directory), tail).ConfigureAwait(false);
        var entries = copy.Read(ZipEntries.List);
        var (pickle, root) = copy.Read(opened => TorchArchive.FindPickle(opened, entries.Keys));
        var (at, length) = (entries[pickle].Header, Math.Min(entries[pickle].Length, TorchArchive.MaxPickle));
        var end = Math.Min(at + ProbedTensor.MaxEntryHeader + length, tail);
        await FetchAsync(Math.Max(head, at), end).ConfigureAwait(false);
        var state = copy.Read(opened => TorchArchive.ReadStateDict(opened, pickle, ZipEntries.Locate(opened, entries[pickle])));
        return
        [
            .. from item in state.Items
               where item is (string, PickleTensor)
               select Locate(file, (string)item.Key!, (PickleTensor)item.Value!, entries, $"{root}/data/"),
        ];

        async Task<byte[]> FetchAsync(long from, long to)
        {
            if (from >= to)
            {
                return [];
            }

            var bytes = await read(from, checked((int)(to - from))).ConfigureAwait(false);
            copy.Write(from, bytes);
            return bytes;
        }
    }

    private static ProbedTensor Locate(
        RevisionFile file, string name, PickleTensor tensor, Dictionary<string, ZipEntries.Listed> entries, string folder)
    {
        var (storage, width) = (tensor.Storage, tensor.Storage.DType.Width());
        if (!entries.TryGetValue(folder + storage.Key, out var entry) || !entry.IsPlain || entry.Length != (Int128)storage.Count * width)
        {
            throw new CheckpointFormatException(
                file.Name, $"tensor '{name}'", $"storage '{storage.Key}' of {storage.Count} {storage.DType} elements, uncompressed",
                entry == default ? "none" : $"{entry.Length} bytes", "The file is damaged, or its upload ended early.");
        }

        var (offset, bytes) = ((Int128)tensor.Offset * width, tensor.Shape.Aggregate((Int128)width, (product, size) => product * size));
        var isInOnePiece = tensor.IsContiguous && offset + bytes <= entry.Length && offset <= ProbedTensor.MaxEntryHeader;
        return new ProbedTensor(
            file, name, storage.DType, tensor.Shape, entry.Header, isInOnePiece ? (long)bytes : 0, isInOnePiece ? (int)offset : 0);
    }
}
