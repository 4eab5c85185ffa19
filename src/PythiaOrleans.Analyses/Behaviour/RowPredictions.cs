using PythiaOrleans.Analyses.Models;

namespace PythiaOrleans.Analyses.Behaviour;

/// <summary>What the model predicts along one row, from logits that come some columns of the vocabulary at a time.</summary>
/// <param name="row">The tokens.</param>
/// <param name="ngrams">The text that predictions are compared with.</param>
/// <param name="kept">The tokens whose logits are kept at a position, ascending; null where none are.</param>
internal sealed class RowPredictions(long[] row, NgramModel ngrams, Func<int, int[]?> kept)
{
    private readonly NgramPrediction[] _contexts =
        [.. Enumerable.Range(0, row.Length - 1).Select(i => ngrams.After(i > 0 ? (int)row[i - 1] : null, (int)row[i]))];

    private readonly State[] _states = [.. Enumerable.Range(0, row.Length - 1).Select(i => new State(kept(i)))];

    /// <summary>Adds a position's next columns.</summary>
    /// <inheritdoc cref="LogitsReader"/>
    public double Add(int position, long start, ReadOnlySpan<float> logits, float largest)
    {
        var weights = ngrams.LogUnigram.AsSpan((int)start, logits.Length);
        var shares = ngrams.Unigram.AsSpan((int)start, logits.Length);
        _states[position].Take(logits, start, row[position + 1], _contexts[position].Tokens);
        return _states[position].Add(logits, largest, weights, shares);
    }

    /// <summary>The predictions of all positions but the last, once every column was added.</summary>
    public IEnumerable<TokenPrediction> Finish() => _states.Select((state, i) => state.Finish(row[i + 1], i, _contexts[i], ngrams));

    /// <summary>One position's sums, relative to the largest logit so far.</summary>
    private sealed class State(int[]? kept)
    {
        private readonly LogitPicker? _kept = kept is null ? null : new LogitPicker(kept);
        private float _largest = float.NegativeInfinity;
        private double _powers;
        private double _products;
        private double _weighted;
        private double _shared;
        private float _next = float.NaN;
        private LogitPicker? _followers;

        public double Add(ReadOnlySpan<float> piece, float largest, ReadOnlySpan<float> weights, ReadOnlySpan<float> shares)
        {
            if (largest > _largest && _powers > 0)
            {
                var (fall, factor) = ((double)_largest - largest, Math.Exp((double)_largest - largest));
                _products = factor * (_products + (fall * _powers));
                _powers *= factor;
                _weighted *= factor;
            }

            _largest = largest;
            var sums = SoftmaxSums.Compute(piece, largest, weights, shares);
            _powers += sums.Powers;
            _products += sums.Products;
            _weighted += sums.Weighted;
            _shared += sums.Shared;
            return sums.Powers;
        }

        // Single logits: of the token that comes next, and of those that may by the text.
        public void Take(ReadOnlySpan<float> piece, long start, long next, int[] followers)
        {
            if (next >= start && next < start + piece.Length)
            {
                _next = piece[(int)(next - start)];
            }

            _followers ??= new LogitPicker(followers);
            _followers.Take(piece, start);
            _kept?.Take(piece, start);
        }

        public TokenPrediction Finish(long next, int position, NgramPrediction context, NgramModel ngrams)
        {
            var logPowers = Math.Log(_powers);
            var (logSum, entropy) = (_largest + logPowers, logPowers - (_products / _powers));
            var (to, from) = context.Divergences(
                -entropy, _weighted / _powers, _shared, ngrams.NegativeEntropy, logSum, _followers!.Logits);
            return new TokenPrediction(
                next, position, logSum - _next, entropy, 1 / _powers, _next == _largest, to, from,
                _kept is null ? [] : KeptPredictions.LogProbabilities(_kept.Logits, logSum));
        }
    }
}
