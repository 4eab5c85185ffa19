namespace PythiaOrleans.Checkpoints.Formats.Torch;

/// <summary>A <c>pytorch_model.bin</c>, open: contiguous tensors are read when they are asked for, others are gathered once.</summary>
internal sealed class TorchFile : ITensorFile
{
    private const string Advice = "The file is damaged, or made by hand: fetch it again.";

    private readonly RandomAccessFile _file;
    private readonly List<GatheredBytes> _gathered = [];
    private long _mayGather;

    private TorchFile(RandomAccessFile file)
    {
        _file = file;
        _mayGather = file.Length;
    }

    /// <inheritdoc />
    public IReadOnlyList<StoredTensor> Tensors { get; private set; } = [];

    /// <summary>Opens a file and reads the description of its tensors. Entries of the state dict that are no tensors are left out.
    /// </summary>
    /// <exception cref="CheckpointFormatException">The file is damaged, or asks for anything else than tensors.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static TorchFile Open(string path)
    {
        var file = new TorchFile(new RandomAccessFile(path));
        try
        {
            LfsPointer.ThrowIfPointer(path, file._file.ReadStart());
            file.Tensors = file.Locate(TorchArchive.Read(file._file));
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public void CheckUnchanged() => _file.CheckUnchanged();

    /// <inheritdoc />
    public WeightFile Describe() => _file.Describe();

    /// <inheritdoc />
    public void Dispose()
    {
        _gathered.ForEach(bytes => bytes.Dispose());
        _gathered.Clear();
        _file.Dispose();
    }

    private List<StoredTensor> Locate(TorchArchive.Content content)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var tensors = new List<StoredTensor>();
        foreach (var (key, value) in content.StateDict.Items)
        {
            if (value is PickleTensor tensor)
            {
                var name = key as string ?? throw Wrong("the state dict", "names of tensors", "a key that is no text");
                tensors.Add(
                    names.Add(name)
                        ? Locate(name, tensor, content.Storages)
                        : throw Wrong($"tensor '{name}'", "each name once", "the name twice"));
            }
        }

        return tensors.Count > 0
            ? tensors
            : throw Wrong("the state dict", "tensors by name", $"{content.StateDict.Items.Count} entries, none of them a tensor");
    }

    private StoredTensor Locate(string name, PickleTensor tensor, IReadOnlyDictionary<string, (long Offset, long Length)> storages)
    {
        var place = $"tensor '{name}'";
        var storage = tensor.Storage;
        var width = storage.DType.Width();
        if (!storages.TryGetValue(storage.Key, out var data) || data.Length != (Int128)storage.Count * width)
        {
            throw Wrong(
                place,
                $"storage '{storage.Key}' of {storage.Count} {storage.DType} elements, uncompressed",
                data == default ? "none" : $"{data.Length} bytes");
        }

        // [offset, offset + Σ (size − 1) · stride] must lie in the storage; a tensor without elements reaches nowhere.
        Int128 count = 1;
        Int128 last = tensor.Offset;
        for (var i = 0; i < tensor.Shape.Length; i++)
        {
            count = Int128.Min(count * tensor.Shape[i], long.MaxValue);
            last += (Int128)(tensor.Shape[i] - 1) * tensor.Strides[i];
        }

        if (tensor.Offset > storage.Count || (count > 0 && last >= storage.Count) || count > storage.Count)
        {
            throw Wrong(place, $"a view of the {storage.Count} elements of storage '{storage.Key}'", Describe(tensor));
        }

        var begin = data.Offset + (tensor.Offset * width);
        var bytes = (long)count * width;
        return new StoredTensor(
            name, storage.DType, tensor.Shape, bytes,
            tensor.IsContiguous ? new FileBytes(_file, begin) : Gather(place, tensor, begin, bytes));
    }

    // Each file may gather as much as it is long: more would be views that share a storage to fill the memory.
    private GatheredBytes Gather(string place, PickleTensor tensor, long begin, long bytes)
    {
        _mayGather -= bytes;
        if (_mayGather < 0)
        {
            throw Wrong(place, "non-contiguous tensors of no more bytes than the file has", Describe(tensor));
        }

        var gathered = new GatheredBytes(_file, begin, tensor.Shape, tensor.Strides, tensor.Storage.DType.Width());
        _gathered.Add(gathered);
        return gathered;
    }

    private static string Describe(PickleTensor tensor) =>
        $"offset {tensor.Offset}, shape [{string.Join(", ", tensor.Shape)}], strides [{string.Join(", ", tensor.Strides)}]";

    private CheckpointFormatException Wrong(string place, string expected, string found) => new(_file.Path, place, expected, found, Advice);
}
