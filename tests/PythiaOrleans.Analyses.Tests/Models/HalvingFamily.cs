using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Checkpoints.Families;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Tests;

/// <summary>A family as a plugin would bring it: one tied embedding, and blocks that halve the stream.</summary>
public sealed class HalvingFamily : IModelFamily
{
    public IReadOnlyList<string> ModelTypes { get; } = ["halving"];

    public string Prefix => "";

    public ModelShape ReadShape(ConfigFields config) => new()
    {
        ModelType = "halving",
        Blocks = config.Positive("blocks"),
        HiddenSize = config.Positive("hidden_size"),
        Heads = 1,
        IntermediateSize = 1,
        VocabularyRows = 11,
        ContextLength = 16,
        RotaryPct = 0,
        TiedEmbedding = true,
    };

    public IEnumerable<ExpectedTensor> Expect(ModelShape shape) =>
        [new("words", new WeightName(Components.EmbedIn, null, "weight"), [shape.VocabularyRows, shape.HiddenSize])];

    public bool IsBuffer(string tensorName, ModelShape shape) => false;
}

/// <summary>Its forward pass.</summary>
[ForwardPass("halving")]
public sealed class HalvingModel(ModelShape shape, Func<WeightName, Tensor> weights, Rotary rotary) : IForwardPass
{
    private readonly PassWeights _weights = new(shape, weights);

    public Tensor Unembedding => _weights.Unembedding;

    public Tensor Embed(Tensor tokens) => _weights.Embed(tokens);

    public Tensor Block(Tensor x, int block) => rotary is null ? x.clone() : x.mul(tensor(0.5f, device: x.device));

    public Tensor FinalNorm(Tensor x) => x.clone();
}
