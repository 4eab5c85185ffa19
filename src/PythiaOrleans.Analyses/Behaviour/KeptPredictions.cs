using PythiaOrleans.Analyses.RepresentationGeometry;

namespace PythiaOrleans.Analyses.Behaviour;

/// <summary>
/// What is kept of the predictions, so that two models that saw the same tokens can be compared later: at some positions the probabilities
/// of the text's most frequent tokens, and of all others together.
/// </summary>
/// <remarks>
/// The divergence of two such distributions is a lower bound of that of the whole predictions: to put tokens together can only make it
/// smaller.
/// </remarks>
/// <param name="ngrams">The text.</param>
/// <param name="rows">Rows of the batch.</param>
/// <param name="length">Predictions of a row.</param>
internal sealed class KeptPredictions(NgramModel ngrams, int rows, int length)
{
    /// <summary>Probabilities of a position, at most: of single tokens, and of the others.</summary>
    public const int Outcomes = 256;

    // A probability of 0 has no logarithm, and what both models take for impossible is no difference between them.
    private const double Smallest = 1e-7;

    private readonly HashSet<long> _positions = [.. PlaceGeometry.Choose(rows * length)];

    /// <summary>The tokens, ascending.</summary>
    public int[] Tokens { get; } = ngrams.MostFrequent(Outcomes - 1);

    /// <summary>Whether a prediction is kept.</summary>
    /// <param name="row">The row, from 0.</param>
    /// <param name="position">The position in it, from 0.</param>
    public bool IsKept(int row, int position) => _positions.Contains(((long)row * length) + position);

    /// <summary>Natural logarithms of the probabilities of the tokens, and at the end of all others together, in half precision.</summary>
    /// <param name="logits">Of the tokens.</param>
    /// <param name="logSum">ln Σ exp over the vocabulary.</param>
    public static float[] LogProbabilities(float[] logits, double logSum)
    {
        double[] shares = Array.ConvertAll(logits, logit => Math.Exp(logit - logSum));
        return [.. shares.Append(1 - shares.Sum()).Select(share => (float)(Half)Math.Log(Math.Max(share, Smallest)))];
    }
}
