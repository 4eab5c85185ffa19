namespace PythiaOrleans.Analyses.Behaviour;

/// <summary>What bigrams and trigrams of a text expect after one context.</summary>
/// <remarks>
/// A token that never followed has w q of the shorter context, w = 1/(total + 1). So sums over the whole vocabulary follow from those of
/// the unigrams and from the tokens that did follow, which alone are kept.
/// </remarks>
internal sealed class NgramPrediction
{
    private readonly double[] _bigramGains; // ln q₂ − ln w₂ − ln q₁
    private readonly double[] _trigramGains; // ln q₃ − ln w₃ − ln q₂; 0 where the trigram was never seen
    private readonly int[] _bigramCounts;
    private readonly int[] _trigramCounts;
    private readonly double _bigramRest; // ln w₂
    private readonly double _trigramRest; // ln w₃
    private readonly double _bigramEntropy; // Σ q₂ ln q₂
    private readonly double _trigramEntropy;

    /// <summary>Of the counts of what follows.</summary>
    /// <param name="model">Gives the unigrams.</param>
    /// <param name="bigrams">How often each token followed the last one.</param>
    /// <param name="trigrams">How often it followed the last two.</param>
    public NgramPrediction(NgramModel model, SortedDictionary<int, int> bigrams, Dictionary<int, int> trigrams)
    {
        Tokens = [.. bigrams.Keys];
        _bigramCounts = [.. bigrams.Values];
        _trigramCounts = Array.ConvertAll(Tokens, token => trigrams.GetValueOrDefault(token));
        (_bigramRest, _trigramRest) = (-Math.Log(_bigramCounts.Sum() + 1.0), -Math.Log(_trigramCounts.Sum() + 1.0));
        (_bigramGains, _trigramGains) = (new double[Tokens.Length], new double[Tokens.Length]);
        double[] unigram = Array.ConvertAll(Tokens, model.Share), bigram = Longer(_bigramCounts, unigram, _bigramRest);
        var trigram = Longer(_trigramCounts, bigram, _trigramRest);
        _bigramEntropy = Math.Exp(_bigramRest) * (_bigramRest + model.NegativeEntropy);
        for (var i = 0; i < Tokens.Length; i++)
        {
            _bigramGains[i] = Math.Log(bigram[i]) - _bigramRest - Math.Log(unigram[i]);
            _bigramEntropy += Replacement(unigram[i], bigram[i], _bigramRest);
        }

        _trigramEntropy = Math.Exp(_trigramRest) * (_trigramRest + _bigramEntropy);
        for (var i = 0; i < Tokens.Length; i++)
        {
            _trigramGains[i] = _trigramCounts[i] > 0 ? Math.Log(trigram[i]) - _trigramRest - Math.Log(bigram[i]) : 0;
            _trigramEntropy += _trigramCounts[i] > 0 ? Replacement(bigram[i], trigram[i], _trigramRest) : 0;
        }
    }

    /// <summary>The tokens that followed the last one, ascending.</summary>
    public int[] Tokens { get; }

    /// <summary>How far a model's prediction is from those of the text.</summary>
    /// <param name="negativeEntropy">Σ p ln p of the model's prediction p.</param>
    /// <param name="unigramCross">Σ p ln q₁.</param>
    /// <param name="unigramLogit">Σ q₁ x, x the model's logits.</param>
    /// <param name="unigramNegativeEntropy">Σ q₁ ln q₁.</param>
    /// <param name="logSum">ln Σ exp(x).</param>
    /// <param name="logits">x of <see cref="Tokens"/>.</param>
    /// <returns>KL(p ‖ qₙ) and KL(qₙ ‖ p) for n of 1, 2, 3, in nats.</returns>
    public (double[] To, double[] From) Divergences(
        double negativeEntropy, double unigramCross, double unigramLogit, double unigramNegativeEntropy, double logSum, float[] logits)
    {
        double bigramCross = unigramCross + _bigramRest, trigramGain = _trigramRest;
        double bigramLogit = unigramLogit, trigramSum = 0;
        for (var i = 0; i < logits.Length; i++)
        {
            var p = Math.Exp(logits[i] - logSum);
            bigramCross += p * _bigramGains[i];
            trigramGain += p * _trigramGains[i];
            bigramLogit += (double)_bigramCounts[i] * logits[i];
            trigramSum += (double)_trigramCounts[i] * logits[i];
        }

        bigramLogit *= Math.Exp(_bigramRest);
        var trigramLogit = (trigramSum + bigramLogit) * Math.Exp(_trigramRest);
        return (
            [negativeEntropy - unigramCross, negativeEntropy - bigramCross, negativeEntropy - bigramCross - trigramGain],
            [
                unigramNegativeEntropy - unigramLogit + logSum, _bigramEntropy - bigramLogit + logSum,
                _trigramEntropy - trigramLogit + logSum,
            ]);
    }

    // (count + shorter)/(total + 1)
    private static double[] Longer(int[] counts, double[] shorter, double logRest) =>
        [.. counts.Zip(shorter, (count, q) => (count + q) * Math.Exp(logRest))];

    // What a token that followed adds to Σ q ln q in place of its share of the rest.
    private static double Replacement(double shorter, double longer, double logRest) =>
        (longer * Math.Log(longer)) - (Math.Exp(logRest) * shorter * (logRest + Math.Log(shorter)));
}
