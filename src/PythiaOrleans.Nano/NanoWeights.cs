using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Formats.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Nano;

/// <summary>
/// A model's parameters in training: leaves that are views of one flat tensor, so that the optimizer is a few operations whatever the
/// depth.
/// </summary>
internal sealed class NanoWeights : IDisposable
{
    private readonly Dictionary<WeightName, Tensor> _leaves = [];
    private readonly List<(ExpectedTensor Tensor, long Offset)> _places = [];

    /// <summary>
    /// Pythia's initialization: small for embeddings and inputs, shrinking with depth for what writes to the residual stream.
    /// </summary>
    /// <remarks>σ = √(2/(5d)) and 2/(L√d); biases 0, norms 1 (GPT-NeoX, init_functions.py: small_init and wang_init).</remarks>
    public NanoWeights(ModelShape shape, int seed, Device device)
    {
        // Matrices first: weight decay is for them alone.
        var all = ModelFamilies.For(shape).Expect(shape).OrderBy(tensor => tensor.Shape.Length == 2 ? 0 : 1).ToArray();
        using var scope = NewDisposeScope();
        Values = tensor(Initialize(all, shape, new Random(seed)), dtype: float32).to(device).DetachFromDisposeScope();
        Gradients = zeros_like(Values).DetachFromDisposeScope();
        long offset = 0;
        foreach (var expected in all)
        {
            var count = Count(expected);
            var leaf = Values.narrow(0, offset, count).view(expected.Shape).detach().requires_grad_(true);
            // A gradient that is there is added to in place: the backward pass fills the flat tensor.
            leaf.grad = Gradients.narrow(0, offset, count).view(expected.Shape);
            _leaves[expected.Weight] = leaf.DetachFromDisposeScope();
            _places.Add((expected, offset));
            offset += count;
            Decayed = expected.Shape.Length == 2 ? offset : Decayed;
        }
    }

    /// <summary>All parameters [n].</summary>
    public Tensor Values { get; }

    /// <summary>Their gradients [n], filled by the backward pass.</summary>
    public Tensor Gradients { get; }

    /// <summary>How many of the first parameters are decayed: the matrices.</summary>
    public long Decayed { get; }

    /// <summary>One parameter.</summary>
    public Tensor this[WeightName name] => _leaves[name];

    /// <summary>The parameters as half precision, in the family's order.</summary>
    public IReadOnlyList<TensorToWrite> ToHalf(ModelShape shape)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var bytes = Values.to(float16).cpu().bytes.ToArray();
        var order = ModelFamilies.For(shape).Expect(shape).Select((tensor, index) => (tensor.TensorName, index))
            .ToDictionary(pair => pair.TensorName, pair => pair.index);
        return
        [
            .. _places.OrderBy(place => order[place.Tensor.TensorName]).Select(place => new TensorToWrite(
                place.Tensor.TensorName, DType.F16, place.Tensor.Shape,
                bytes.AsMemory((int)(2 * place.Offset), (int)(2 * Count(place.Tensor))))),
        ];
    }

    /// <summary>Frees all tensors.</summary>
    public void Dispose()
    {
        foreach (var leaf in _leaves.Values)
        {
            leaf.grad = null;
            leaf.Dispose();
        }

        Gradients.Dispose();
        Values.Dispose();
    }

    private static long Count(ExpectedTensor tensor) => tensor.Shape.Aggregate(1L, (product, size) => product * size);

    private static float[] Initialize(IReadOnlyList<ExpectedTensor> tensors, ModelShape shape, Random random)
    {
        var values = new List<float>();
        foreach (var tensor in tensors)
        {
            var count = Count(tensor);
            var deviation = tensor.Weight.Component is Components.AttentionDense or Components.MlpOut
                ? 2 / (shape.Blocks * Math.Sqrt(shape.HiddenSize))
                : Math.Sqrt(2 / (5.0 * shape.HiddenSize));
            for (long i = 0; i < count; i++)
            {
                values.Add(tensor switch
                {
                    { Weight.Parameter: "bias" } => 0,
                    { Shape.Length: 1 } => 1,
                    _ => (float)(deviation * Gaussian(random)),
                });
            }
        }

        return [.. values];
    }

    private static double Gaussian(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
