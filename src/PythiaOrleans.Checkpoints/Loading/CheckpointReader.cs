using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Formats.Safetensors;
using PythiaOrleans.Checkpoints.Formats.Torch;
using PythiaOrleans.Checkpoints.Sources;

namespace PythiaOrleans.Checkpoints.Loading;

/// <summary>Opens a checkpoint's files, finds every parameter of the family, and refuses what does not fit.</summary>
public static class CheckpointReader
{
    /// <summary>Opens a checkpoint. Costs milliseconds whatever its size; values are read where they are used.</summary>
    /// <exception cref="CheckpointFormatException">A file is damaged, or a parameter is missing or has another shape or type than its
    /// <c>config.json</c> promises.</exception>
    public static Checkpoint Open(CheckpointFiles files)
    {
        ArgumentNullException.ThrowIfNull(files);
        RegularFile.LengthOf(files.Config); // a named pipe would be read without end
        var shape = ModelFamilies.ReadShape(files.Config);
        var family = ModelFamilies.For(shape);
        var opened = new List<ITensorFile>();
        try
        {
            opened.AddRange(files.Weights.Select(OpenFile));
            var stored = Index(files, opened, family);
            shape = ModelFamilies.Complete(
                shape,
                stored.Where(tensor => tensor.Value.Tensor.DType.IsFloat())
                    .Select(tensor => (tensor.Key, (IReadOnlyList<long>)[.. tensor.Value.Tensor.Shape])));
            var parameters = family.Expect(shape).Select(expected => Take(expected, family.Prefix, stored, files)).ToArray();
            var buffers = stored.Keys.Where(name => family.IsBuffer(name, shape)).Order(StringComparer.Ordinal).ToArray();
            return new Checkpoint(files.Checkpoint, shape, parameters, () => [.. opened.Select(file => file.Describe())], opened)
            {
                DroppedBuffers = buffers,
                UnknownTensors = [.. stored.Keys.Except(buffers).Order(StringComparer.Ordinal)],
                Tokenizer = files.Tokenizer,
            };
        }
        catch
        {
            opened.ForEach(file => file.Dispose());
            throw;
        }
    }

    // By its name: what is called safetensors is never given to the reader of pickles.
    private static ITensorFile OpenFile(string path) =>
        path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) ? SafetensorsFile.Open(path) : TorchFile.Open(path);

    private static Dictionary<string, (StoredTensor Tensor, string File)> Index(
        CheckpointFiles files, List<ITensorFile> opened, IModelFamily family)
    {
        var stored = new Dictionary<string, (StoredTensor, string)>(StringComparer.Ordinal);
        var wrapper = WrapperPrefix.Find([.. opened.SelectMany(file => file.Tensors).Select(tensor => tensor.Name)], family.Prefix);
        foreach (var (file, path) in opened.Zip(files.Weights))
        {
            foreach (var tensor in file.Tensors)
            {
                if (!stored.TryAdd(tensor.Name[wrapper.Length..], (tensor, path)))
                {
                    throw new CheckpointFormatException(
                        path, $"tensor '{tensor.Name}'", "each tensor in one file",
                        $"it in {stored[tensor.Name[wrapper.Length..]].Item2} too", "Fetch the files again.");
                }
            }
        }

        return stored;
    }

    // A few names that are there say more about a wrong name than that it is wrong.
    private static string DescribeNames(Dictionary<string, (StoredTensor Tensor, string File)> stored) => stored.Count == 0
        ? "none of that name, and no other that was not used"
        : $"none of that name, but {string.Join(", ", stored.Keys.Order(StringComparer.Ordinal).Take(4).Select(name => $"'{name}'"))}"
            + (stored.Count > 4 ? $" and {stored.Count - 4} others" : "");

    private static Parameter Take(
        ExpectedTensor expected, string prefix, Dictionary<string, (StoredTensor Tensor, string File)> stored, CheckpointFiles files)
    {
        if (!stored.Remove(expected.TensorName, out var found) && !stored.Remove(Bare(expected.TensorName, prefix), out found)
            && (expected.AlternativeName is null || !stored.Remove(expected.AlternativeName, out found)))
        {
            throw new CheckpointFormatException(
                string.Join(", ", files.Weights),
                $"tensor '{expected.TensorName}'",
                $"a tensor [{string.Join(", ", expected.Shape)}]",
                DescribeNames(stored),
                "Check that config.json belongs to these weights, or fetch the file again.");
        }

        if (!found.Tensor.Shape.SequenceEqual(expected.Shape) || !found.Tensor.DType.IsFloat())
        {
            throw new CheckpointFormatException(
                found.File, $"tensor '{expected.TensorName}'", $"floating-point numbers [{string.Join(", ", expected.Shape)}]",
                $"{found.Tensor.DType} [{string.Join(", ", found.Tensor.Shape)}]",
                IsUnmeasured(found.Tensor.DType)
                    ? "This element type is not supported."
                    : "Check that config.json belongs to these weights.");
        }

        return new Parameter(expected.Weight, found.Tensor, expected.IsTransposed);
    }

    private static string Bare(string name, string prefix) =>
        name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name;

    // Numbers, but of a kind that no analysis is defined for.
    private static bool IsUnmeasured(DType type) => type is DType.C64 or DType.F6E2M3 or DType.F6E3M2;
}
