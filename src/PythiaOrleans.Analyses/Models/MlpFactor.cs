using PythiaOrleans.Checkpoints.Families;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Models;

/// <summary>A matrix of a block's MLP with the gain of the norm that stands between it and the stream.</summary>
/// <param name="Component">Which matrix.</param>
/// <param name="Matrix">[out, in], in the type in which it is stored.</param>
/// <param name="Reads">Whether it reads the stream [inner, d]; else it writes to it [d, inner].</param>
/// <param name="Gain">The gain of that norm in float64 [d]; null where none stands between.</param>
internal sealed record MlpFactor(string Component, Tensor Matrix, bool Reads, Tensor? Gain)
{
    private static readonly string[] Reading = [Components.MlpIn, Components.MlpGate];

    /// <summary>How many such matrices a block of the model has.</summary>
    public static int Count(ModelShape shape)
    {
        var layout = ModelFamilies.LayoutOf(shape);
        return Reading.Append(Components.MlpOut).Count(component => layout.Has(new WeightName(component, 0, "weight")));
    }

    /// <summary>
    /// A block's matrices: what reads the stream with the norm before it, what writes with the norm after it, in families that have one.
    /// </summary>
    public static IEnumerable<MlpFactor> Read(PassWeights weights, int block)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var after = HeadFactors.Gain(weights, Components.PostMlpLayerNorm, block);
        var before = after is null ? HeadFactors.Gain(weights, Components.PostAttentionLayerNorm, block) : null;
        foreach (var component in Reading.Where(component => weights.Has(component, block)))
        {
            yield return new MlpFactor(component, weights.Matrix(component, block), Reads: true, before);
        }

        if (weights.Has(Components.MlpOut, block))
        {
            yield return new MlpFactor(Components.MlpOut, weights.Matrix(Components.MlpOut, block), Reads: false, after);
        }
    }
}
