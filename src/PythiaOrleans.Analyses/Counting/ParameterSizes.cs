using PythiaOrleans.Checkpoints.Families;

namespace PythiaOrleans.Analyses.Counting;

/// <summary>The sizes of a model's parameters, for estimates: nothing is read.</summary>
internal static class ParameterSizes
{
    /// <summary>Of every parameter that a checkpoint of this shape holds, slowest dimension first.</summary>
    public static IReadOnlyList<long[]> All(ModelShape shape) => [.. ModelFamilies.For(shape).Expect(shape).Select(tensor => tensor.Shape)];

    /// <summary>Of its matrices only.</summary>
    public static IReadOnlyList<long[]> Matrices(ModelShape shape) => [.. All(shape).Where(size => size.Length == 2)];
}
