using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Families;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Models;

/// <summary>One part of a batch on its way forward and back, a step at a time, each on any thread.</summary>
/// <param name="shape">The model's.</param>
/// <param name="part">Its rows; all of one length.</param>
/// <param name="plan">Where.</param>
/// <param name="weights">Without gradients: every part has leaves of its own, which share their memory.</param>
/// <param name="rotary">Angles for the rows' length.</param>
internal sealed class PartBackward(ModelShape shape, BatchPart part, PassPlan plan, LoadedWeights weights, Rotary rotary) : IDisposable
{
    private static readonly Scalar One = 1;

    private readonly Dictionary<WeightName, Tensor> _leaves = [];

    // The stream before each block and after the last one, and the output of each block with its graph where that is kept.
    private readonly Tensor?[] _streams = new Tensor?[shape.Blocks + 1];
    private readonly Tensor?[] _graphs = new Tensor?[shape.Blocks];

    private IForwardPass? _model;
    private Tensor? _normed;
    private Tensor? _fromLoss;

    // The gradient of the loss with respect to the stream before the block that ran last.
    private Tensor? _upstream;

    /// <summary>Its rows.</summary>
    public BatchPart Part { get; } = part;

    private IForwardPass Model => _model ??= ForwardPasses.For(shape, Leaf, rotary);

    /// <summary>Looks the tokens up.</summary>
    public void Embed()
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        _streams[0] = plan.ToHost(Model.Embed(Part.Tokens)).DetachFromDisposeScope();
    }

    /// <summary>Through a block.</summary>
    /// <param name="block">Which.</param>
    /// <param name="keep">Whether its graph is kept.</param>
    public void Forward(int block, bool keep)
    {
        using var scope = NewDisposeScope();
        if (keep)
        {
            var output = Model.Block(_streams[block]!.requires_grad_(true), block);
            (_graphs[block], _streams[block + 1]) = (output.DetachFromDisposeScope(), output.detach().DetachFromDisposeScope());
            return;
        }

        using var off = no_grad();
        _streams[block + 1] = plan.ToHost(Model.Block(plan.ToDevice(_streams[block]!), block)).DetachFromDisposeScope();
    }

    /// <summary>The last norm, with its graph.</summary>
    public void StartLoss()
    {
        using var scope = NewDisposeScope();
        var stream = plan.ToDevice(_streams[^1]!).detach().requires_grad_(true).DetachFromDisposeScope();
        _streams[^1]!.Dispose();
        _streams[^1] = stream;
        _normed = Model.FinalNorm(stream.narrow(1, 0, Part.Rows[0].Length - 1)).DetachFromDisposeScope();
        _fromLoss = empty_like(_normed, requires_grad: false).DetachFromDisposeScope();
    }

    /// <summary>Its rows between the last norm and the loss; the caller's scope frees their tensors.</summary>
    public IEnumerable<LossGradient.Row> LossRows() => Part.Rows.Select((tokens, row) =>
        new LossGradient.Row(_normed![row].detach().contiguous(), tokens[1..], _fromLoss![row]));

    /// <summary>Back through the last norm.</summary>
    public void EndLoss()
    {
        using var scope = NewDisposeScope();
        using var normed = _normed!;
        using var fromLoss = _fromLoss!;
        using var stream = _streams[^1]!;
        (_normed, _fromLoss, _streams[^1]) = (null, null, null);
        normed.backward([fromLoss]);
        _upstream = plan.ToHost(TakeGradient(stream)).DetachFromDisposeScope();
    }

    /// <summary>Back through a block.</summary>
    /// <returns>The gradients of its matrices, float32, outside of any scope.</returns>
    public IReadOnlyDictionary<WeightName, Tensor> Backward(int block)
    {
        using var scope = NewDisposeScope();
        using var before = _streams[block]!;
        var stream = _graphs[block] is null ? plan.ToDevice(before).detach().requires_grad_(true) : before;
        using var output = _graphs[block] ?? Model.Block(stream, block);
        using var upstream = _upstream!;
        (_streams[block], _graphs[block], _upstream) = (null, null, null);
        output.backward([plan.ToDevice(upstream)]);
        _upstream = plan.ToHost(TakeGradient(stream)).DetachFromDisposeScope();
        return _leaves.Where(leaf => leaf.Key.Block == block && leaf.Value.grad is not null).ToDictionary(
            leaf => leaf.Key, leaf => TakeGradient(leaf.Value).to(float32).DetachFromDisposeScope());
    }

    /// <summary>Adds the gradient of what was looked up to [V, d].</summary>
    public void AddEmbeddingGradient(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        gradient.index_add_(0, Part.Tokens.flatten(), plan.ToDevice(_upstream!).to(float32).view(-1, gradient.shape[1]), One);
    }

    /// <summary>The gradient of the stream after the embedding, summed over rows [length, d], float32.</summary>
    public Tensor SumOverRows() => plan.ToDevice(_upstream!).to(float32).sum(dim: 0);

    /// <summary>Lets go of the leaves of a block, or of what belongs to none.</summary>
    public void Release(int? block)
    {
        foreach (var name in _leaves.Keys.Where(name => name.Block == block).ToArray())
        {
            _leaves.Remove(name, out var leaf);
            leaf!.Dispose();
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var tensor in _leaves.Values.Concat(_graphs).Concat(_streams).Concat([_normed, _fromLoss, _upstream]))
        {
            tensor?.Dispose();
        }
    }

    private Tensor Leaf(WeightName name)
    {
        if (!_leaves.TryGetValue(name, out var leaf))
        {
            leaf = weights[name].detach().DetachFromDisposeScope();
            leaf.requires_grad_(leaf.shape.Length == 2 && name.Block is not null); // other gradients are not asked for
            _leaves.Add(name, leaf);
        }

        return leaf;
    }

    // The gradient without the tensor that it belongs to.
    private static Tensor TakeGradient(Tensor tensor)
    {
        var gradient = tensor.grad!.detach();
        tensor.grad = null;
        return gradient;
    }
}
