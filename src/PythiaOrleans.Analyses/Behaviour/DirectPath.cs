using System.Runtime.InteropServices;
using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Checkpoints.Families;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Behaviour;

/// <summary>
/// The loss of the path from embedding to unembedding without any block, softmax(U norm(E x)): what a bigram table of rank d would have.
/// </summary>
/// <remarks>Each token of the batch passes once, some at a time; positions are left out.</remarks>
internal sealed class DirectPath
{
    private const int TokensAtATime = 128;

    private readonly (long[] Tokens, long[][] Nexts)[] _pieces;
    private readonly double[] _losses;

    /// <summary>Of a batch.</summary>
    /// <param name="batch">The tokens [row][position].</param>
    public DirectPath(long[][] batch)
    {
        _pieces =
        [
            .. batch.SelectMany(row => row.Zip(row.Skip(1)))
                .GroupBy(pair => pair.First, pair => pair.Second)
                .OrderBy(token => token.Key)
                .Select(token => (token.Key, Nexts: token.Order().ToArray()))
                .Chunk(TokensAtATime)
                .Select(piece => (Array.ConvertAll(piece, token => token.Key), Array.ConvertAll(piece, token => token.Nexts))),
        ];
        _losses = new double[_pieces.Length];
    }

    /// <summary>Mean over all tokens of the batch that follow another, in nats; once every piece was measured.</summary>
    public double Loss => _losses.Sum() / _pieces.Sum(piece => piece.Nexts.Sum(nexts => nexts.Length));

    /// <summary>The pieces of work.</summary>
    /// <param name="model">The model.</param>
    /// <param name="weights">Its weights by name.</param>
    public IEnumerable<Action> Pieces(IForwardPass model, Func<WeightName, Tensor> weights) =>
        _pieces.Select((piece, index) => new Action(() => _losses[index] = Sum(piece.Tokens, piece.Nexts, model, weights)));

    private static double Sum(long[] tokens, long[][] nexts, IForwardPass model, Func<WeightName, Tensor> weights)
    {
        using var scope = NewDisposeScope();
        var embedding = weights(new WeightName(Components.EmbedIn, null, "weight"));
        var states = embedding.index_select(0, tensor(tokens).to(embedding.device)).unsqueeze(0);
        var sums = new LogSums(tokens.Length);
        var predicted = 0.0;
        NextTokenLoss.EachPiece(model.FinalNorm(states)[0], model.Unembedding, (start, logits) =>
            NextTokenLoss.Show(Read, 0, start, logits));
        return Enumerable.Range(0, tokens.Length).Sum(token => nexts[token].Length * sums[token]) - predicted;

        void Read(int row, long start, ReadOnlySpan<float> logits)
        {
            sums.Add(logits);
            var columns = logits.Length / tokens.Length;
            for (var token = 0; token < tokens.Length; token++)
            {
                foreach (var next in nexts[token])
                {
                    predicted += next >= start && next < start + columns ? logits[(int)((token * columns) + next - start)] : 0;
                }
            }
        }
    }
}
