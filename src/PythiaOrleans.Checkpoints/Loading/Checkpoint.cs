using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Checkpoints.Loading;

/// <summary>
/// One checkpoint, open: its shape and its parameters, read when they are asked for. Dispose it after the last use of any tensor.
/// </summary>
public sealed class Checkpoint : IDisposable
{
    private readonly IReadOnlyList<IDisposable> _opened;
    private readonly Dictionary<WeightName, Parameter> _byName;
    private readonly Lazy<IReadOnlyList<WeightFile>> _files;

    internal Checkpoint(
        CheckpointId id, ModelShape shape, IReadOnlyList<Parameter> parameters, Func<IReadOnlyList<WeightFile>> files,
        IReadOnlyList<IDisposable> opened)
    {
        Id = id;
        Shape = shape;
        Parameters = parameters;
        _byName = parameters.ToDictionary(parameter => parameter.Name);
        _files = new(files);
        _opened = opened;
    }

    /// <summary>Which checkpoint this is.</summary>
    public CheckpointId Id { get; }

    /// <summary>The architecture's numbers.</summary>
    public ModelShape Shape { get; }

    /// <summary>Every parameter, in the family's order: embedding, blocks by depth, final norm, unembedding.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Those of two dimensions, in the same order.</summary>
    public Parameter[] Matrices => [.. Parameters.Where(parameter => parameter.Tensor.Shape.Count == 2)];

    /// <summary>Names in the files that the family does not know and that are not buffers: reported, not measured.</summary>
    public IReadOnlyList<string> UnknownTensors { get; init; } = [];

    /// <summary>Buffers that were dropped by name.</summary>
    public IReadOnlyList<string> DroppedBuffers { get; init; } = [];

    /// <summary>The path of the <c>tokenizer.json</c>, where there is one.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>The weight files with their digests. The first use reads every byte once.</summary>
    public IReadOnlyList<WeightFile> Files => _files.Value;

    /// <summary>One SHA-256 over the weight files: of the only file, or of the list of digests where there are several.</summary>
    public string FileDigest => WeightFile.Combine(Files);

    /// <summary>
    /// SHA-256 of names, shapes and values of the parameters: the same for every file format that holds them. Each use reads every byte.
    /// </summary>
    public string ComputeDigest() => ContentDigest.Compute(Parameters);

    /// <summary>The parameter of that name.</summary>
    /// <exception cref="KeyNotFoundException">The family has no such parameter.</exception>
    public Parameter this[WeightName name] => _byName.TryGetValue(name, out var parameter)
        ? parameter
        : throw new KeyNotFoundException($"Checkpoint {Id} has no parameter {name}.");

    /// <summary>The parameter of that name, or null.</summary>
    public Parameter? Find(WeightName name) => _byName.GetValueOrDefault(name);

    /// <summary>Refuses files that were written to since they were opened: what was read may be of two versions.</summary>
    /// <exception cref="CheckpointFormatException">A file's length or time of modification changed.</exception>
    public void CheckUnchanged()
    {
        foreach (var file in _opened.OfType<ITensorFile>())
        {
            file.CheckUnchanged();
        }
    }

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        foreach (var file in _opened)
        {
            file.Dispose();
        }
    }
}

/// <summary>One parameter of a checkpoint: what it is and where its values are.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Tensor">Its values, in place.</param>
/// <param name="IsTransposed">Whether a matrix is stored [in, out], as GPT-2's are, and not [out, in].</param>
public sealed record Parameter(WeightName Name, StoredTensor Tensor, bool IsTransposed = false);
