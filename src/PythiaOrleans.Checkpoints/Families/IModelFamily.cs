namespace PythiaOrleans.Checkpoints;

/// <summary>One architecture: which tensors its checkpoints hold and what they are. One file each.</summary>
public interface IModelFamily
{
    /// <summary>The <c>model_type</c> of its <c>config.json</c>: <c>gpt_neox</c>.</summary>
    string ModelType { get; }

    /// <summary>Reads the shape from the text of a <c>config.json</c>.</summary>
    /// <exception cref="CheckpointFormatException">A field is missing or makes no sense.</exception>
    ModelShape ReadShape(string file, System.Text.Json.JsonElement config);

    /// <summary>Every parameter that a checkpoint of this shape must hold, in the order of tables, with the tensor's expected shape.</summary>
    IEnumerable<ExpectedTensor> Expect(ModelShape shape);

    /// <summary>Whether a stored tensor is a buffer, dropped by name (masks, rotary frequencies).</summary>
    bool IsBuffer(string tensorName);
}

/// <summary>One parameter that a family expects.</summary>
/// <param name="TensorName">The name in the file.</param>
/// <param name="Weight">What it is.</param>
/// <param name="Shape">Its sizes, slowest first.</param>
public sealed record ExpectedTensor(string TensorName, WeightName Weight, long[] Shape);
