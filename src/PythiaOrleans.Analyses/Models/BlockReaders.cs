using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Models;

/// <summary>What is shown of a block's inside. Each is called once, while the block runs; tensors are freed after the call.</summary>
public sealed record BlockReaders
{
    /// <summary>Is shown what the block's attention compares; null where no analysis looks.</summary>
    public Action<AttentionInputs>? OnAttention { get; init; }

    /// <summary>Is shown what the block's MLP adds to the stream, [batch, length, d]; null where no analysis looks.</summary>
    public Action<Tensor>? OnMlp { get; init; }
}
