using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Loading;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Models;

/// <summary>The gradients of the mean next-token loss: each matrix's is emitted as soon as it is complete, and freed.</summary>
/// <remarks>
/// Where weights and activations fit into <see cref="MaxGraphBytes"/>, each block's graph is kept from the forward pass. Where they do not,
/// only the stream
/// before each block is kept, and each block runs again on the way back (Chen et al. 2016, arXiv:1604.06174): a third more arithmetic, one
/// block's memory.
/// libtorch's attention rounds differently with a graph and without one. The choice depends on shapes alone, so that the same key gives the
/// same bytes.
/// </remarks>
internal static class BackwardPass
{
    /// <summary>What kept graphs may take: weights in float32 and activations.</summary>
    public const long MaxGraphBytes = 2L << 30;

    // How many float32 values of one token and block a graph keeps (norms, queries, keys, values, attention, the MLP twice), in units of d
    // and of the MLP's width.
    internal const long KeptPerHidden = 10;
    internal const long KeptPerInner = 3;

    private static readonly Scalar One = 1;
    private static readonly WeightName Embedding = new(Components.EmbedIn, null, "weight");
    private static readonly WeightName Unembedding = new(Components.EmbedOut, null, "weight");
    private static readonly WeightName Positions = new(Components.EmbedPosition, null, "weight");

    /// <summary>Whether the graphs of a batch are kept: by shapes alone, so that the same key always runs the same way.</summary>
    public static bool KeepsGraphs(ModelShape shape, long tokens, long maxBytes = MaxGraphBytes)
    {
        var kept = (KeptPerHidden * shape.HiddenSize) + (KeptPerInner * shape.IntermediateSize);
        return sizeof(float) * (shape.ParameterCount + ((double)tokens * shape.Blocks * kept)) <= maxBytes;
    }

    /// <summary>Forward, then backward block by block.</summary>
    /// <param name="checkpoint">Of a family whose forward pass is known.</param>
    /// <param name="batch">The tokens [batch][length].</param>
    /// <param name="plan">Where, and how many rows at a time; their gradients add up.</param>
    /// <param name="onGradient">Called once with every matrix's gradient, float32, of the matrix's own shape; the tensor is freed
    /// afterwards.</param>
    /// <param name="cancellationToken">Checked between blocks.</param>
    /// <returns>The loss, in nats per predicted token.</returns>
    public static double Run(
        Checkpoint checkpoint, long[][] batch, PassPlan plan, Action<WeightName, Tensor> onGradient, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var weights = new LoadedWeights(checkpoint, plan.Device, gradients: true, plan.Type);
        using var rotary = new Rotary(checkpoint.Shape, batch[0].Length, plan.Device, plan.Type);
        var model = ForwardPasses.For(checkpoint.Shape, name => weights[name], rotary);
        var (blocks, predicted) = (checkpoint.Shape.Blocks, batch.Length * (batch[0].Length - 1));
        var passes = Array.ConvertAll(BatchPart.Split(batch, plan), part => new Pass(part, plan, blocks));
        var keeps = KeepsGraphs(checkpoint.Shape, (long)batch.Length * batch[0].Length, plan.MaxGraphBytes);
        Forward(model, weights, passes, keeps, cancellationToken);

        // float16 has no number as small as a mean loss's gradient: there the gradients of the sum are taken, and divided in float32.
        var (share, scale) = plan.Type == float16 ? (1.0, 1.0 / predicted) : (1.0 / predicted, 1.0);
        using var end = new LossGradient(model.Unembedding, batch[0].Length - 1, share);
        var loss = passes.Sum(pass => pass.BackwardFromLoss(model, end)) / predicted;
        weights.Release(name => name.Block is null);
        if (!checkpoint.Shape.TiedEmbedding)
        {
            Emit(Unembedding, end.UnembeddingGradient);
            end.Dispose(); // its memory is what the blocks will need
        }

        for (var block = blocks - 1; block >= 0; block--)
        {
            foreach (var pass in passes)
            {
                cancellationToken.ThrowIfCancellationRequested();
                pass.Backward(model, block);
            }

            EmitGradients(weights, block, Emit);
        }

        // The gradient of a tied matrix is one sum: what comes from the logits, and what comes from the embedding.
        var fromLogits = checkpoint.Shape.TiedEmbedding
            ? end.UnembeddingGradient
            : zeros([.. checkpoint[Embedding].Tensor.Shape], device: plan.Device);
        Emit(Embedding, AddEmbeddingGradient(fromLogits, passes, plan));
        if (checkpoint.Parameters.FirstOrDefault(parameter => parameter.Name == Positions) is { } positions)
        {
            var gradient = zeros([.. positions.Tensor.Shape], device: plan.Device);
            gradient.narrow(0, 0, batch[0].Length).copy_(PositionGradient(passes, plan));
            Emit(Positions, gradient);
        }

        return loss;

        void Emit(WeightName name, Tensor gradient)
        {
            using var own = NewDisposeScope();
            var single = gradient.to(float32);
            onGradient(name, scale == 1 ? single : single.mul(tensor((float)scale, device: single.device)));
        }
    }

    private static void Forward(IForwardPass model, LoadedWeights weights, Pass[] passes, bool keep, CancellationToken cancellationToken)
    {
        foreach (var pass in passes)
        {
            pass.Embed(model);
        }

        weights.Release();
        for (var block = 0; block < passes[0].Blocks; block++)
        {
            foreach (var pass in passes)
            {
                cancellationToken.ThrowIfCancellationRequested();
                pass.Forward(model, block, keep);
            }

            if (!keep)
            {
                weights.Release();
            }
        }
    }

    private static Tensor AddEmbeddingGradient(Tensor gradient, Pass[] passes, PassPlan plan)
    {
        foreach (var pass in passes)
        {
            using var own = NewDisposeScope();
            gradient.index_add_(0, pass.Part.Tokens.flatten(), plan.ToDevice(pass.Upstream).to(float32).view(-1, gradient.shape[1]), One);
        }

        return gradient;
    }

    // Summed over the rows of each part, then over the parts.
    private static Tensor PositionGradient(Pass[] passes, PassPlan plan) =>
        passes.Select(pass => plan.ToDevice(pass.Upstream).to(float32).sum(dim: 0)).Aggregate((sum, one) => sum.Plus(one));

    private static void EmitGradients(LoadedWeights weights, int? block, Action<WeightName, Tensor> onGradient)
    {
        foreach (var (name, weight) in weights.Held)
        {
            if (name.Block == block && weight.shape.Length == 2 && weight.grad is { } gradient)
            {
                onGradient(name, gradient);
            }
        }

        weights.Release(name => name.Block == block);
    }

    /// <summary>One part of the batch, forward and back. Its tensors belong to the caller's scope.</summary>
    private sealed class Pass(BatchPart part, PassPlan plan, int blocks)
    {
        // The stream before each block and after the last one, and the output of each block with its graph where that is kept.
        private readonly Tensor[] _streams = new Tensor[blocks + 1];
        private readonly Tensor?[] _graphs = new Tensor?[blocks];

        public BatchPart Part { get; } = part;

        public int Blocks { get; } = blocks;

        /// <summary>The gradient of the loss with respect to the stream before the block that ran last.</summary>
        public Tensor Upstream { get; private set; } = null!;

        public void Embed(IForwardPass model)
        {
            using var off = no_grad();
            using var scope = NewDisposeScope();
            _streams[0] = plan.ToHost(model.Embed(Part.Tokens)).MoveToOuterDisposeScope();
        }

        public void Forward(IForwardPass model, int block, bool keep)
        {
            if (keep)
            {
                var output = model.Block(_streams[block].requires_grad_(true), block);
                (_graphs[block], _streams[block + 1]) = (output, output.detach());
                return;
            }

            using var off = no_grad();
            using var scope = NewDisposeScope();
            _streams[block + 1] = plan.ToHost(model.Block(plan.ToDevice(_streams[block]), block)).MoveToOuterDisposeScope();
        }

        /// <summary>Starts the backward pass at the loss, and returns its sum over the predicted tokens.</summary>
        public double BackwardFromLoss(IForwardPass model, LossGradient end)
        {
            using var scope = NewDisposeScope();
            var stream = plan.ToDevice(_streams[^1]).detach().requires_grad_(true);
            double sum = 0;
            for (var row = 0; row < Part.Rows.Length; row++)
            {
                using var own = NewDisposeScope();
                var normed = model.FinalNorm(stream[row].narrow(0, 0, Part.Rows[row].Length - 1));
                sum += end.Add(normed, Part.Rows[row][1..], out var upstream);
                normed.backward([upstream]);
            }

            Upstream = plan.ToHost(DetachGradient(stream)).MoveToOuterDisposeScope();
            return sum;
        }

        public void Backward(IForwardPass model, int block)
        {
            using var scope = NewDisposeScope();
            var stream = _graphs[block] is null ? plan.ToDevice(_streams[block]).detach().requires_grad_(true) : _streams[block];
            using var output = _graphs[block] ?? model.Block(stream, block);
            using var before = Upstream;
            output.backward([plan.ToDevice(before)]);
            Upstream = plan.ToHost(DetachGradient(stream)).MoveToOuterDisposeScope();
            _streams[block].Dispose();
        }

        // The gradient without the tensor that it belongs to.
        private static Tensor DetachGradient(Tensor stream)
        {
            var gradient = stream.grad!.detach();
            stream.grad = null;
            return gradient;
        }
    }
}
