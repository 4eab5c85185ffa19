using PythiaOrleans.Checkpoints.Formats;

namespace PythiaOrleans.Checkpoints.Families;

/// <summary>
/// One architecture: the fields of its configuration, the tensors that its checkpoints hold, and what they are. One file each; its forward
/// pass, where there is one, is a second file.
/// </summary>
/// <remarks>
/// Implementations have a constructor without parameters and no state; <see cref="ModelFamilies"/> finds them by type, in plugins too.
/// </remarks>
public interface IModelFamily
{
    /// <summary>The values of <c>model_type</c> in <c>config.json</c> that this family reads: <c>gpt_neox</c>.</summary>
    IReadOnlyList<string> ModelTypes { get; }

    /// <summary>
    /// A prefix that some files put before every name and others do not: <c>transformer.</c> of a model that was saved with its head.
    /// </summary>
    string Prefix { get; }

    /// <summary>Reads the shape. Every field that is not asked for here, and is not known to be harmless, counts as unsupported.</summary>
    /// <exception cref="CheckpointFormatException">A field that the layout needs is missing or makes no sense.</exception>
    ModelShape ReadShape(ConfigFields config);

    /// <summary>
    /// Every parameter that a checkpoint of this shape must hold, in the order of tables, with the tensor's expected sizes.
    /// </summary>
    IEnumerable<ExpectedTensor> Expect(ModelShape shape);

    /// <summary>
    /// Whether a stored tensor is no parameter of its own and is dropped by name: a mask, rotary frequencies, a second copy of a tied
    /// embedding.
    /// </summary>
    bool IsBuffer(string tensorName, ModelShape shape);
}
