using PythiaOrleans.Checkpoints.Families;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Models;

/// <summary>
/// The weights of a forward pass, with what the layout knows of them: a matrix that is stored transposed is turned, a bias that the model
/// lacks is left out.
/// </summary>
/// <param name="shape">The model's.</param>
/// <param name="read">Gives a parameter as it is asked for.</param>
public sealed class PassWeights(ModelShape shape, Func<WeightName, Tensor> read)
{
    private readonly ModelLayout _layout = ModelFamilies.LayoutOf(shape);
    private readonly long[] _width = [shape.HiddenSize];

    /// <summary>A weight as it is stored.</summary>
    public Tensor this[string component, int? block] => read(new WeightName(component, block, "weight"));

    /// <summary>The matrix that makes logits [V, d]: the embedding's where the two are tied.</summary>
    public Tensor Unembedding => read(UnembeddingName(shape));

    /// <summary>The name of the matrix that makes logits.</summary>
    public static WeightName UnembeddingName(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return new WeightName(shape.TiedEmbedding ? Components.EmbedIn : Components.EmbedOut, null, "weight");
    }

    /// <summary>Whether the model has that weight.</summary>
    public bool Has(string component, int? block) => _layout.Has(new WeightName(component, block, "weight"));

    /// <summary>A bias, or null where the model has none.</summary>
    public Tensor? Bias(string component, int? block)
    {
        var name = new WeightName(component, block, "bias");
        return _layout.Has(name) ? read(name) : null;
    }

    /// <summary>x Wᵀ + b, [..., in] to [..., out].</summary>
    public Tensor Linear(Tensor x, string component, int? block) =>
        nn.functional.linear(x, Matrix(component, block), Bias(component, block));

    /// <summary>A matrix as [out, in], turned where it is stored [in, out].</summary>
    public Tensor Matrix(string component, int? block) =>
        IsTransposed(component, block) ? this[component, block].t() : this[component, block];

    /// <summary>Whether a matrix is stored [in, out].</summary>
    public bool IsTransposed(string component, int? block) => _layout.IsTransposed(new WeightName(component, block, "weight"));

    /// <summary>The embeddings of tokens [batch, length] int64, as [batch, length, d].</summary>
    public Tensor Embed(Tensor tokens) => this[Components.EmbedIn, null]
        .index_select(0, tokens.flatten()).view(tokens.shape[0], tokens.shape[1], shape.HiddenSize);

    /// <summary>Layer norm over the last dimension; without the gain or bias that the model lacks.</summary>
    public Tensor LayerNorm(Tensor x, string component, int? block) => nn.functional.layer_norm(
        x, _width, Has(component, block) ? this[component, block] : null, Bias(component, block), shape.LayerNormEps);
}
