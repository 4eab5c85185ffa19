using PythiaOrleans.Checkpoints.Families;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Models;

/// <summary>The forward pass of each family.</summary>
internal static class ForwardPasses
{
    /// <summary>The pass of a shape, for sequences of one length.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="weights">Gives a parameter as it is asked for.</param>
    /// <param name="rotary">Angles for that length; freed by the caller.</param>
    /// <param name="length">Positions of a sequence.</param>
    /// <exception cref="NotSupportedException">The configuration asks for something that the pass does not do.</exception>
    public static IForwardPass For(ModelShape shape, Func<WeightName, Tensor> weights, Rotary rotary, int length)
    {
        const string advice = "Leave residual-stream and weight-gradients out with --analyses.";
        if (shape.Peculiarity is { } peculiarity)
        {
            throw new NotSupportedException($"A {shape.ModelType} with {peculiarity}: expected a configuration whose forward pass is known here, found this one. {advice}");
        }

        if (length > shape.AttentionWindow)
        {
            throw new NotSupportedException($"A {shape.ModelType} with an attention window of {shape.AttentionWindow}: expected sequences that fit into it, found {length} tokens. Give a smaller --batch-length.");
        }

        return shape.ModelType switch
        {
            "gpt_neox" => new NeoXModel(shape, weights, rotary),
            "gpt2" => new Gpt2Model(shape, weights),
            "llama" or "mistral" or "qwen2" or "olmo" or "olmo2" => new LlamaModel(shape, weights, rotary),
            _ => throw new NotSupportedException($"A {shape.ModelType}: no forward pass of this family is known here. {advice}"),
        };
    }
}
