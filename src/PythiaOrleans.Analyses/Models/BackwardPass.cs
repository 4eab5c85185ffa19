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
/// <para>
/// Each part of the batch has leaves of its own, which share the weights' memory: parts go back side by side, and their gradients are added
/// up in their order.
/// </para>
/// </remarks>
internal static class BackwardPass
{
    /// <summary>What kept graphs may take: weights in float32 and activations.</summary>
    public const long MaxGraphBytes = 2L << 30;

    // How many float32 values of one token and block a graph keeps (norms, queries, keys, values, attention, the MLP twice), in units of d
    // and of the MLP's width.
    internal const long KeptPerHidden = 10;
    internal const long KeptPerInner = 3;

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
    /// afterwards. Where the plan takes cores it is called on several threads.</param>
    /// <param name="cancellationToken">Checked between blocks.</param>
    /// <returns>The loss, in nats per predicted token.</returns>
    public static double Run(
        Checkpoint checkpoint, long[][] batch, PassPlan plan, Action<WeightName, Tensor> onGradient, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var weights = new LoadedWeights(checkpoint, plan.Device, plan.Type);
        using var rotary = new Rotary(checkpoint.Shape, batch[0].Length, plan.Device, plan.Type);
        var passes = BatchPart.Split(batch, plan)
            .Select(part => new PartBackward(checkpoint.Shape, part, plan, weights, rotary)).ToArray();
        try
        {
            return new Steps(checkpoint, plan, weights, passes, onGradient, cancellationToken).Run();
        }
        finally
        {
            Array.ForEach(passes, pass => pass.Dispose());
        }
    }

    private sealed class Steps(
        Checkpoint checkpoint,
        PassPlan plan,
        LoadedWeights weights,
        PartBackward[] passes,
        Action<WeightName, Tensor> onGradient,
        CancellationToken cancellationToken)
    {
        private readonly ModelShape _shape = checkpoint.Shape;
        private readonly int _length = passes[0].Part.Rows[0].Length;
        private readonly int _predicted = passes.Sum(pass => pass.Part.Rows.Sum(row => row.Length - 1));

        // What callers have still to do with the gradients of the block that ran last: it runs beside the next one.
        private List<Action> _due = [];

        // float16 has no number as small as a mean loss's gradient: there the gradients of the sum are taken, and divided in float32.
        private bool TakesSums => plan.Type == float16;

        public double Run()
        {
            Forward();
            var loss = BackwardFromLoss(out var fromLogits);
            using (fromLogits)
            {
                for (var block = _shape.Blocks - 1; block >= 0; block--)
                {
                    Backward(block);
                }

                RunTogether([]);
                EmitEmbeddings(fromLogits);
            }

            return loss;
        }

        private void Forward()
        {
            var tokens = (long)passes.Sum(pass => pass.Part.Rows.Length) * _length;
            var keeps = KeepsGraphs(_shape, tokens, plan.MaxGraphBytes);
            plan.Run(weights.Prepare([Embedding]), cancellationToken);
            RunTogether(passes.Select(pass => new Action(pass.Embed)));
            Release(null);
            for (var block = 0; block < _shape.Blocks; block++)
            {
                var at = block;
                Prepare(block);
                RunTogether(passes.Select(pass => new Action(() => pass.Forward(at, keeps))));
                if (!keeps)
                {
                    Release(block);
                }
            }
        }

        // The loss, and what comes of it through the unembedding where that is the embedding too; else zeros.
        private double BackwardFromLoss(out Tensor fromLogits)
        {
            var share = TakesSums ? 1.0 : 1.0 / _predicted;
            RunTogether(passes.Select(pass => new Action(pass.StartLoss)));
            plan.Run(weights.Prepare([PassWeights.UnembeddingName(_shape)]), cancellationToken);
            double loss;
            Tensor gradient;
            using (var end = new LossGradient(weights[PassWeights.UnembeddingName(_shape)], _length - 1, share))
            {
                loss = ReadLosses(end) / _predicted;
                gradient = end.UnembeddingGradient.alias().DetachFromDisposeScope();
            }

            RunTogether(passes.Select(pass => new Action(pass.EndLoss)));
            Release(null);
            if (_shape.TiedEmbedding)
            {
                fromLogits = gradient;
                return loss;
            }

            EmitLater([KeyValuePair.Create(Unembedding, gradient)]);
            fromLogits = zeros([.. checkpoint[Embedding].Tensor.Shape], device: plan.Device).DetachFromDisposeScope();
            return loss;
        }

        private double ReadLosses(LossGradient end)
        {
            using var scope = NewDisposeScope();
            LossGradient.Row[] rows = [.. passes.SelectMany(pass => pass.LossRows())];
            return end.Add(rows, pieces => plan.Run(pieces, cancellationToken)).Sum();
        }

        private void Backward(int block)
        {
            var sums = new GradientSums();
            Prepare(block);
            RunTogether(passes.Select((pass, index) => new Action(() => sums.Add(index, pass.Backward(block)))));
            Release(block);
            EmitLater(sums.Take());
        }

        // Beside the next step where parts run side by side; else at once, so that nothing is held for longer than it must be.
        private void EmitLater(IEnumerable<KeyValuePair<WeightName, Tensor>> gradients)
        {
            _due = [.. gradients.Select(gradient => new Action(() =>
            {
                using var sum = gradient.Value;
                Emit(gradient.Key, sum);
            }))];
            if (passes.Length == 1 || plan.Threads == 1)
            {
                RunTogether([]);
            }
        }

        // The gradient of a tied matrix is one sum: what comes from the logits, and what comes from the embedding.
        private void EmitEmbeddings(Tensor fromLogits)
        {
            using var scope = NewDisposeScope();
            foreach (var pass in passes)
            {
                pass.AddEmbeddingGradient(fromLogits);
            }

            Emit(Embedding, fromLogits);
            if (checkpoint.Find(Positions) is { } positions)
            {
                var gradient = zeros([.. positions.Tensor.Shape], device: plan.Device);
                gradient.narrow(0, 0, _length).copy_(
                    passes.Select(pass => pass.SumOverRows()).Aggregate((sum, one) => sum.Plus(one)));
                Emit(Positions, gradient);
            }
        }

        private void Emit(WeightName name, Tensor gradient)
        {
            using var own = NewDisposeScope();
            var single = gradient.to(float32);
            onGradient(name, TakesSums ? single.mul(tensor(1f / _predicted, device: single.device)) : single);
        }

        private void Prepare(int block) => plan.Run(weights.PrepareBlock(block), cancellationToken);

        private void Release(int? block)
        {
            Array.ForEach(passes, pass => pass.Release(block));
            weights.Release(name => name.Block == block);
        }

        private void RunTogether(IEnumerable<Action> work)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Action[] all = [.. _due, .. work];
            _due = [];
            plan.Run(all, cancellationToken);
        }
    }
}
