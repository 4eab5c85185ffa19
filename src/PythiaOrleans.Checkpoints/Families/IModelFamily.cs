using PythiaOrleans.Checkpoints.Formats;

namespace PythiaOrleans.Checkpoints.Families;

/// <summary>One architecture: which tensors its checkpoints hold and what they are. One file each.</summary>
public interface IModelFamily
{
    /// <summary>The <c>model_type</c>s of its <c>config.json</c>: <c>gpt_neox</c>.</summary>
    IReadOnlyList<string> ModelTypes { get; }

    /// <summary>What some files put before every name and others do not: a model with or without its head.</summary>
    string Prefix { get; }

    /// <summary>Reads the shape from the text of a <c>config.json</c>.</summary>
    /// <exception cref="CheckpointFormatException">A field is missing or makes no sense.</exception>
    ModelShape ReadShape(string file, System.Text.Json.JsonElement config);

    /// <summary>Every parameter that a checkpoint of this shape must hold, in the order of tables, with the tensor's expected shape.</summary>
    IEnumerable<ExpectedTensor> Expect(ModelShape shape);

    /// <summary>Whether a stored tensor is no parameter of its own, dropped by name: a mask, rotary frequencies, a second copy of a tied embedding.</summary>
    bool IsBuffer(string tensorName, ModelShape shape);
}

/// <summary>One parameter that a family expects.</summary>
/// <param name="TensorName">The name in the file.</param>
/// <param name="Weight">What it is.</param>
/// <param name="Shape">Its sizes, slowest first.</param>
/// <param name="InputsFirst">Whether a matrix is stored [in, out] and not [out, in].</param>
public sealed record ExpectedTensor(string TensorName, WeightName Weight, long[] Shape, bool InputsFirst = false);
