using System.Runtime.CompilerServices;
using PythiaOrleans.Numerics.Lanes;

namespace PythiaOrleans.Analyses.SvdDirections;

/// <summary>
/// The tokens that may be among the largest logits of one direction and sign, by the bounds of all tokens that were scanned.
/// </summary>
/// <param name="maxCount">How many of the largest are wanted.</param>
internal sealed class CandidateSet(int maxCount)
{
    private readonly TopK _lowerBounds = new(maxCount);
    private readonly List<(long Token, float UpperBound)> _candidates = [];

    /// <summary>
    /// What a token's logit must be able to exceed: that many tokens before it certainly have it, and of equal logits the smaller id wins.
    /// </summary>
    public float Threshold => _lowerBounds.Smallest;

    /// <summary>One empty set for each direction.</summary>
    public static CandidateSet[] CreateMany(int count, int maxCount) =>
        [.. Enumerable.Range(0, count).Select(_ => new CandidateSet(maxCount))];

    /// <summary>The tokens that still may, by number.</summary>
    public long[] Tokens()
    {
        var (tokens, found) = (new long[_candidates.Count], 0);
        foreach (var (token, upperBound) in _candidates)
        {
            if (upperBound >= Threshold)
            {
                tokens[found++] = token;
            }
        }

        return tokens[..found];
    }

    /// <summary>Takes the next token, whose logit is between two bounds. Neither is a number where the token's row is not finite.</summary>
    [MethodImpl(Jit.FullyOptimized)]
    public void Add(int token, float lowerBound, float upperBound)
    {
        if (!(upperBound > Threshold))
        {
            return;
        }

        _candidates.Add((token, upperBound));
        _lowerBounds.Add(lowerBound, token);
    }
}
