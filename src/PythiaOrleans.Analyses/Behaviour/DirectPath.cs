using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Checkpoints.Families;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Behaviour;

/// <summary>
/// The loss of the path from embedding to unembedding without any block, softmax(U norm(E x)): what a bigram table of rank d would have.
/// </summary>
/// <remarks>
/// Each token of the batch passes once, some at a time; positions are left out. Of a batch with more different tokens than <see
/// cref="MaxTokens"/> the more frequent half of so many passes, and of the others so many that are evenly spread over them, from the
/// frequent to the rare, which stand for all others: the product with the unembedding else costs a third of the whole pass.
/// </remarks>
internal sealed class DirectPath
{
    /// <summary>Different tokens that pass, at most.</summary>
    public const int MaxTokens = 512;

    private const int TokensAtATime = 128;

    private readonly Piece[] _pieces;
    private readonly double[] _losses;
    private readonly int _predictions;

    /// <summary>Of a batch.</summary>
    /// <param name="batch">The tokens [row][position].</param>
    public DirectPath(long[][] batch)
    {
        (long Token, long[] Nexts)[] all =
        [
            .. batch.SelectMany(row => row.Zip(row.Skip(1)))
                .GroupBy(pair => pair.First, pair => pair.Second)
                .OrderBy(token => token.Key)
                .Select(token => (token.Key, token.Order().ToArray())),
        ];
        _predictions = all.Sum(token => token.Nexts.Length);
        _pieces = all.Length <= MaxTokens ? Split(all, 1) : Sample([.. all.OrderByDescending(token => token.Nexts.Length)]);
        _losses = new double[_pieces.Length];
    }

    /// <summary>Mean over all tokens of the batch that follow another, in nats; once every piece was measured.</summary>
    public double Loss => _losses.Zip(_pieces, (loss, piece) => loss * piece.Weight).Sum() / _predictions;

    /// <summary>The pieces of work.</summary>
    /// <param name="model">The model.</param>
    /// <param name="weights">Its weights by name.</param>
    public IEnumerable<Action> Pieces(IForwardPass model, Func<WeightName, Tensor> weights) =>
        _pieces.Select((piece, index) => new Action(() => _losses[index] = Sum(piece.Tokens, piece.Nexts, model, weights)));

    // The frequent ones, and some of the others with the weight of all others.
    private static Piece[] Sample((long Token, long[] Nexts)[] byFrequency)
    {
        const int half = MaxTokens / 2;
        var rest = byFrequency[half..];
        (long Token, long[] Nexts)[] some = [.. Enumerable.Range(0, half).Select(i => rest[(int)((i + 0.5) * rest.Length / half)])];
        double all = rest.Sum(token => token.Nexts.Length), sampled = some.Sum(token => token.Nexts.Length);
        return [.. Split(byFrequency[..half], 1), .. Split(some, all / sampled)];
    }

    private static Piece[] Split((long Token, long[] Nexts)[] tokens, double weight) =>
    [
        .. tokens.Chunk(TokensAtATime).Select(piece => new Piece(
            Array.ConvertAll(piece, token => token.Token), Array.ConvertAll(piece, token => token.Nexts), weight)),
    ];

    private static double Sum(long[] tokens, long[][] nexts, IForwardPass model, Func<WeightName, Tensor> weights)
    {
        using var scope = NewDisposeScope();
        var embedding = weights(new WeightName(Components.EmbedIn, null, "weight"));
        var states = embedding.index_select(0, tensor(tokens).to(embedding.device)).unsqueeze(0);
        var sums = new LogSums(tokens.Length);
        var predicted = 0.0;
        NextTokenLoss.EachPiece(model.FinalNorm(states)[0], model.Unembedding, (start, piece) =>
            NextTokenLoss.AddTo(sums, piece, (token, logits, largest) =>
            {
                foreach (var next in nexts[token])
                {
                    predicted += next >= start && next < start + logits.Length ? logits[(int)(next - start)] : 0;
                }

                return LogSums.SumOfPowers(logits, largest);
            }));
        return Enumerable.Range(0, tokens.Length).Sum(token => nexts[token].Length * sums[token]) - predicted;
    }

    /// <summary>Tokens that pass together, what followed each, and for how many predictions one of theirs counts.</summary>
    private sealed record Piece(long[] Tokens, long[][] Nexts, double Weight);
}
