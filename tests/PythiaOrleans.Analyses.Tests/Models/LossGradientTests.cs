using PythiaOrleans.Analyses.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Tests;

public sealed class LossGradientTests
{
    private const int Predicted = 5;
    private const int Width = 12;

    /// <summary>Vocabularies of one piece, of two that are full, of several groups; next tokens at the borders of pieces.</summary>
    [Theory]
    [InlineData(40, new long[] { 0, 39, 7, 7, 31 })]
    [InlineData(1_024, new long[] { 511, 512, 0, 1_023, 100 })]
    [InlineData(9_001, new long[] { 9_000, 8_999, 4_096, 0, 8_704 })]
    public void Gradients_AreThoseOfLibtorch(int vocabulary, long[] next)
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var unembedding = randn(vocabulary, Width);
        var states = randn(3, Predicted, Width);
        using var found = new LossGradient(unembedding, Predicted, share: 0.25);
        var upstream = zeros(3, Predicted, Width);
        var rows = Enumerable.Range(0, 3)
            .Select(row => new LossGradient.Row(states[row], [.. next.Select(id => (id + row) % vocabulary)], upstream[row])).ToArray();

        var losses = found.Add(rows, pieces =>
        {
            foreach (var piece in pieces.Reverse())
            {
                piece(); // in whatever order
            }
        });

        var (e, x) = (unembedding.to(float64).requires_grad_(true), states.to(float64).requires_grad_(true));
        for (var row = 0; row < 3; row++)
        {
            var loss = nn.functional.cross_entropy(x[row].matmul(e.t()), tensor(rows[row].Next), reduction: nn.Reduction.Sum);
            Assert.Equal(loss.item<double>(), losses[row], 1e-5);
            loss.mul(tensor(0.25, float64)).backward();
        }

        AssertNear(x.grad!, upstream);
        AssertNear(e.grad!, found.UnembeddingGradient);
    }

    /// <summary>
    /// Groups of pieces that run at the same time used to write back what they had read of each other's next tokens: now and then a loss
    /// lacked a logit.
    /// </summary>
    [Fact]
    public void Losses_AreTheSameWhateverRunsAtTheSameTime()
    {
        const int predicted = 511, width = 2, vocabulary = 4_096;
        using var scope = NewDisposeScope();
        manual_seed(4);
        var (unembedding, states, upstream) = (randn(vocabulary, width), randn(predicted, width), zeros(predicted, width));
        long[] next = [.. Enumerable.Range(0, predicted).Select(at => at * 8L)];
        var expected = Losses(pieces => pieces.ToList().ForEach(piece => piece()));

        for (var i = 0; i < 150; i++)
        {
            Assert.Equal(expected, Losses(pieces => Parallel.ForEach(pieces, piece => piece())));
        }

        double[] Losses(Action<IReadOnlyList<Action>> run)
        {
            using var gradient = new LossGradient(unembedding, predicted, share: 1);
            return gradient.Add([.. Enumerable.Range(0, 4).Select(_ => new LossGradient.Row(states, next, upstream))], run);
        }
    }

    /// <summary>One logit of 200 above the rest: the softmax is 1 there, and nothing overflows.</summary>
    [Fact]
    public void OfASharpPrediction_TheGradientIsZeroWhereItIsRight()
    {
        using var scope = NewDisposeScope();
        var unembedding = zeros(700, 1);
        unembedding[600] = tensor(200f);
        using var found = new LossGradient(unembedding, 2, share: 1);
        var upstream = ones(2, 1);
        var losses = found.Add([new LossGradient.Row(ones(2, 1), [600, 0], upstream)], pieces => pieces.ToList().ForEach(piece => piece()));
        Assert.Equal([200.0], losses);
        Assert.Equal([0f, 200f], upstream.data<float>().ToArray());
    }

    private static void AssertNear(Tensor expected, Tensor found)
    {
        var scale = expected.abs().max().item<double>();
        Assert.Equal(0, (expected - found.to(float64)).abs().max().item<double>() / scale, 2e-6);
    }
}
