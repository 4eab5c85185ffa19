using PythiaOrleans.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses;

/// <summary>The gradients of the mean next-token loss, handed over matrix by matrix as they come, and freed.</summary>
/// <remarks>
/// Where weights and activations fit into <see cref="MostGraphBytes"/>, each block's graph is kept from the forward pass. Where they do not, only the stream
/// before every block is, and each block runs again when its turn comes (Chen et al. 2016, arXiv:1604.06174): a third more arithmetic, one block's memory.
/// libtorch's attention rounds otherwise with a graph than without one: the choice depends on shapes alone, so that the same key gives the same bytes.
/// </remarks>
internal static class BackwardPass
{
    /// <summary>What kept graphs may take: weights in float32 and activations.</summary>
    public const long MostGraphBytes = 2L << 30;

    // Of float32 values of one token and block that a graph keeps: norms, queries, keys, values, attention, and the MLP twice; in units of d and of the MLP's width.
    private const long KeptPerHidden = 10;
    private const long KeptPerInner = 3;

    private static readonly Scalar One = 1;
    private static readonly WeightName Embedding = new(Components.EmbedIn, null, "weight");
    private static readonly WeightName Positions = new(Components.EmbedPosition, null, "weight");

    /// <summary>Whether the graphs of a batch are kept: by shapes alone, so that the same key always runs the same way.</summary>
    public static bool KeepsGraphs(ModelShape shape, int tokens, long most = MostGraphBytes) =>
        sizeof(float) * (shape.ParameterCount + (tokens * shape.Blocks * ((KeptPerHidden * shape.HiddenSize) + (KeptPerInner * shape.IntermediateSize)))) <= most;

    /// <summary>Forward, then backward block by block.</summary>
    /// <param name="checkpoint">Of a family whose forward pass is known.</param>
    /// <param name="batch">The tokens [batch][length].</param>
    /// <param name="see">Called once with every matrix's gradient, of the matrix's own shape; the tensor is freed afterwards.</param>
    /// <param name="cancellationToken">Checked between blocks.</param>
    /// <param name="most">What kept graphs may take, in bytes.</param>
    /// <returns>The loss, in nats per predicted token.</returns>
    public static double Run(Checkpoint checkpoint, long[][] batch, Action<WeightName, Tensor> see, CancellationToken cancellationToken, long most = MostGraphBytes)
    {
        using var scope = NewDisposeScope();
        using var weights = new MappedWeights(checkpoint, CPU, gradients: true);
        using var rotary = new Rotary(checkpoint.Shape, batch[0].Length);
        var model = ForwardPasses.Of(checkpoint.Shape, name => weights[name], rotary, batch[0].Length);
        var tokens = tensor(batch.SelectMany(row => row).ToArray(), [batch.Length, batch[0].Length]);
        var blocks = checkpoint.Shape.Blocks;
        var (streams, graphs) = Forward(model, weights, tokens, blocks, KeepsGraphs(checkpoint.Shape, batch.Length * batch[0].Length, most), cancellationToken);

        var (loss, upstream) = FromTheEnd(model, streams[^1], batch);
        using var tied = checkpoint.Shape.TiedEmbedding ? weights[Embedding].grad!.detach().clone() : null; // the rest of it comes at the beginning
        HandOver(weights, null, (name, gradient) =>
        {
            if (tied is null || name != Embedding)
            {
                see(name, gradient);
            }
        });
        for (var block = blocks - 1; block >= 0; block--)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var before = upstream;
            upstream = ThroughBlock(model, block, streams[block], graphs?[block], before);
            before.Dispose();
            streams[block].Dispose();
            HandOver(weights, block, see);
        }

        using var gradient = tied ?? zeros([.. checkpoint[Embedding].Tensor.Shape]);
        gradient.index_add_(0, tokens.flatten(), upstream.view(-1, checkpoint.Shape.HiddenSize), One);
        see(Embedding, gradient);
        if (checkpoint.Parameters.FirstOrDefault(parameter => parameter.Name == Positions) is { } positions)
        {
            using var ofPositions = zeros([.. positions.Tensor.Shape]);
            ofPositions.narrow(0, 0, batch[0].Length).copy_(upstream.sum(dim: 0));
            see(Positions, ofPositions);
        }

        return loss;
    }

    // The stream before every block and after the last one; and what each block made of it, with its graph, where that is kept.
    private static (Tensor[] Streams, Tensor[]? Graphs) Forward(IForwardPass model, MappedWeights weights, Tensor tokens, int blocks, bool keep, CancellationToken cancellationToken)
    {
        var streams = new Tensor[blocks + 1];
        var graphs = keep ? new Tensor[blocks] : null;
        using (no_grad())
        {
            streams[0] = model.Embed(tokens);
        }

        weights.Release();
        for (var block = 0; block < blocks; block++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (graphs is not null)
            {
                graphs[block] = model.Block(streams[block].requires_grad_(true), block);
                streams[block + 1] = graphs[block].detach();
                continue;
            }

            using var off = no_grad();
            streams[block + 1] = model.Block(streams[block], block);
            weights.Release();
        }

        return (streams, graphs);
    }

    private static (double Loss, Tensor Upstream) FromTheEnd(IForwardPass model, Tensor last, long[][] batch)
    {
        using var scope = NewDisposeScope();
        var predicted = batch.Length * (batch[0].Length - 1);
        var stream = last.detach().requires_grad_(true);
        using Scalar share = 1.0 / predicted;
        double sum = 0;
        for (var row = 0; row < batch.Length; row++)
        {
            using var own = NewDisposeScope();
            var loss = NextTokenLoss.OfRow(model, model.FinalNorm(stream[row]), batch[row]);
            loss.mul(share).backward();
            sum += loss.item<float>();
        }

        return (sum / predicted, Taken(stream));
    }

    private static Tensor ThroughBlock(IForwardPass model, int block, Tensor input, Tensor? graph, Tensor upstream)
    {
        using var scope = NewDisposeScope();
        var stream = graph is null ? input.detach().requires_grad_(true) : input;
        using var output = graph ?? model.Block(stream, block);
        output.backward([upstream]);
        return Taken(stream);
    }

    // The gradient without the tensor that it belongs to.
    private static Tensor Taken(Tensor stream)
    {
        var gradient = stream.grad!.detach().MoveToOuterDisposeScope();
        stream.grad = null;
        return gradient;
    }

    private static void HandOver(MappedWeights weights, int? block, Action<WeightName, Tensor> see)
    {
        foreach (var (name, weight) in weights.Held)
        {
            if (name.Block == block && weight.shape.Length == 2 && weight.grad is { } gradient)
            {
                see(name, gradient);
            }
        }

        weights.Release(name => name.Block == block);
    }
}
