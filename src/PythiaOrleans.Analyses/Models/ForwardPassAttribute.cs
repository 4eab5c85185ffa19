namespace PythiaOrleans.Analyses.Models;

/// <summary>
/// Says whose forward pass a class is. The class has a constructor (ModelShape, Func&lt;WeightName, Tensor&gt;, Rotary); it is found by
/// type, in plugins too.
/// </summary>
/// <param name="modelTypes">The values of <c>model_type</c> in <c>config.json</c>.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class ForwardPassAttribute(params string[] modelTypes) : Attribute
{
    /// <summary>The values of <c>model_type</c> in <c>config.json</c>.</summary>
    public IReadOnlyList<string> ModelTypes { get; } = modelTypes;
}
