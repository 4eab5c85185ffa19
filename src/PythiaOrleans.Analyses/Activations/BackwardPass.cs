using PythiaOrleans.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses;

/// <summary>The gradients of the mean next-token loss, handed over matrix by matrix as they come, and freed.</summary>
internal static class BackwardPass
{
    /// <summary>Forward without gradients, then backward block by block.</summary>
    /// <param name="checkpoint">Of a family whose forward pass is known.</param>
    /// <param name="batch">The tokens [batch][length].</param>
    /// <param name="see">Called once with every matrix's gradient, of the matrix's own shape; the tensor is freed afterwards.</param>
    /// <param name="cancellationToken">Checked between blocks.</param>
    /// <returns>The loss, in nats per predicted token.</returns>
    public static double Run(Checkpoint checkpoint, long[][] batch, Action<WeightName, Tensor> see, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var weights = new MappedWeights(checkpoint, CPU, gradients: true);
        using var rotary = new Rotary(checkpoint.Shape, batch[0].Length);
        var model = ForwardPasses.Of(checkpoint.Shape, name => weights[name], rotary, batch[0].Length);
        var tokens = tensor(batch.SelectMany(row => row).ToArray(), [batch.Length, batch[0].Length]);
        var inputs = Forward(model, weights, tokens, checkpoint.Shape.Blocks, cancellationToken);

        var (loss, upstream) = FromTheEnd(model, inputs[^1], batch);
        using var tied = HandOver(weights, see, checkpoint.Shape.TiedEmbedding);
        for (var block = checkpoint.Shape.Blocks - 1; block >= 0; block--)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var before = upstream;
            upstream = ThroughBlock(model, block, inputs[block], before);
            before.Dispose();
            inputs[block].Dispose();
            HandOver(weights, see, keepEmbedding: false);
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

    private static readonly Scalar One = 1;
    private static readonly WeightName Embedding = new(Components.EmbedIn, null, "weight");
    private static readonly WeightName Positions = new(Components.EmbedPosition, null, "weight");

    // The stream before every block, and after the last one.
    private static Tensor[] Forward(IForwardPass model, MappedWeights weights, Tensor tokens, int blocks, CancellationToken cancellationToken)
    {
        using var off = no_grad();
        var inputs = new Tensor[blocks + 1];
        inputs[0] = model.Embed(tokens);
        for (var block = 0; block < blocks; block++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            weights.Release();
            inputs[block + 1] = model.Block(inputs[block], block);
        }

        weights.Release();
        return inputs;
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

    private static Tensor ThroughBlock(IForwardPass model, int block, Tensor input, Tensor upstream)
    {
        using var scope = NewDisposeScope();
        var stream = input.detach().requires_grad_(true);
        model.Block(stream, block).backward([upstream]);
        return Taken(stream);
    }

    // The gradient without the tensor that it belongs to.
    private static Tensor Taken(Tensor stream)
    {
        var gradient = stream.grad!.detach().MoveToOuterDisposeScope();
        stream.grad = null;
        return gradient;
    }

    // What an embedding that is the unembedding too got at the end is kept: the rest comes at the beginning.
    private static Tensor? HandOver(MappedWeights weights, Action<WeightName, Tensor> see, bool keepEmbedding)
    {
        Tensor? kept = null;
        foreach (var (name, weight) in weights.Held)
        {
            if (weight.shape.Length != 2 || weight.grad is not { } gradient)
            {
                continue;
            }

            if (keepEmbedding && name == Embedding)
            {
                kept = gradient.detach().clone();
            }
            else
            {
                see(name, gradient);
            }
        }

        weights.Release();
        return kept;
    }
}
