namespace PythiaOrleans.Checkpoints.Families;

/// <summary>
/// The parameters of a shape: which there are, which have biases, which matrices are stored transposed. Forward passes ask it instead of
/// guessing.
/// </summary>
public sealed class ModelLayout
{
    private readonly Dictionary<WeightName, ExpectedTensor> _byName;

    internal ModelLayout(IEnumerable<ExpectedTensor> tensors)
    {
        Tensors = [.. tensors];
        _byName = Tensors.ToDictionary(tensor => tensor.Weight);
        ParameterCount = Tensors.Sum(tensor => tensor.Count);
    }

    /// <summary>Every parameter, in the order of tables.</summary>
    public IReadOnlyList<ExpectedTensor> Tensors { get; }

    /// <summary>How many numbers all parameters hold.</summary>
    public long ParameterCount { get; }

    /// <summary>Whether the model has that parameter.</summary>
    public bool Has(WeightName name) => _byName.ContainsKey(name);

    /// <summary>Whether that matrix is stored [in, out] and not [out, in].</summary>
    public bool IsTransposed(WeightName name) => _byName.TryGetValue(name, out var tensor) && tensor.IsTransposed;
}
