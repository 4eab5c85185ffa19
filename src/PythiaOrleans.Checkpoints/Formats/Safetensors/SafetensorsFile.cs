namespace PythiaOrleans.Checkpoints.Formats.Safetensors;

/// <summary>A safetensors file, open: its tensors are read when they are asked for.</summary>
public sealed class SafetensorsFile : ITensorFile
{
    private readonly RandomAccessFile _file;

    private SafetensorsFile(RandomAccessFile file, IReadOnlyList<StoredTensor> tensors)
    {
        _file = file;
        Tensors = tensors;
    }

    /// <summary>The tensors, in the order of the header. Valid until the file is disposed.</summary>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="CheckpointFormatException">The file breaks the format.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static SafetensorsFile Open(string path)
    {
        var file = new RandomAccessFile(path);
        try
        {
            LfsPointer.ThrowIfPointer(path, file.ReadStart());
            var tensors = SafetensorsHeader.Read(file).Select(entry =>
                new StoredTensor(entry.Name, entry.DType, entry.Shape, entry.End - entry.Begin, new FileBytes(file, entry.Begin)));
            return new SafetensorsFile(file, [.. tensors.Select(tensor => tensor.Widen())]);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Refuses a file that was written to since it was opened.</summary>
    /// <exception cref="CheckpointFormatException">Its length or its time of modification changed.</exception>
    public void CheckUnchanged() => _file.CheckUnchanged();

    /// <summary>Name, length and SHA-256 of the file. Reads every byte.</summary>
    public WeightFile Describe() => _file.Describe();

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();
}
