using PythiaOrleans.Analyses.Behaviour;
using PythiaOrleans.Analyses.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Tests;

/// <summary>The path without blocks, of batches with more different tokens than pass.</summary>
public sealed class DirectPathTests
{
    private const int Vocabulary = 3000;
    private const int Width = 8;

    [Fact]
    public void Loss_OfAModelThatPrefersNothing_IsThatOfEveryToken()
    {
        var batch = Batch(4096);
        Assert.True(batch.SelectMany(row => row).Distinct().Count() > 2 * DirectPath.MaxTokens);
        Assert.Equal(Math.Log(Vocabulary), Run(batch, zeros(Vocabulary, Width)), 1e-6);
    }

    /// <summary>A third of the tokens that pass tells the loss of all to a few hundredths of a nat.</summary>
    [Theory]
    [InlineData(4096, 0.05)]
    [InlineData(400, 1e-5)] // all pass
    public void Loss_OfSomeTokens_IsNearlyThatOfAll(int tokens, double tolerance)
    {
        using var unembedding = randn(Vocabulary, Width, generator: new Generator(7));
        var rows = unembedding.data<float>().Select(value => (double)value).Chunk(Width).ToArray();
        var batch = Batch(tokens);
        var losses = batch.SelectMany(row => row.Zip(row.Skip(1))).GroupBy(pair => pair.First, pair => pair.Second).SelectMany(after =>
        {
            var logits = rows.Select(row => row.Zip(rows[after.Key], (a, b) => a * b).Sum()).ToArray();
            var sum = Math.Log(logits.Sum(Math.Exp));
            return after.Select(next => sum - logits[next]);
        });
        Assert.Equal(losses.Average(), Run(batch, unembedding), tolerance);
    }

    // Frequencies fall as 1/rank.
    private static long[][] Batch(int tokens)
    {
        var random = new Random(5);
        return [.. Enumerable.Range(0, tokens).Select(_ => (long)Math.Pow(Vocabulary, random.NextDouble()) - 1).Chunk(tokens / 4)];
    }

    private static double Run(long[][] batch, Tensor unembedding)
    {
        var path = new DirectPath(batch);
        foreach (var piece in path.Pieces(new Plain(unembedding), _ => unembedding))
        {
            piece();
        }

        return path.Loss;
    }

    private sealed class Plain(Tensor unembedding) : IForwardPass
    {
        public Tensor Unembedding => unembedding;

        public Tensor Embed(Tensor tokens) => throw new NotSupportedException();

        public Tensor Block(Tensor x, int block) => throw new NotSupportedException();

        public Tensor FinalNorm(Tensor x) => x.clone();
    }
}
