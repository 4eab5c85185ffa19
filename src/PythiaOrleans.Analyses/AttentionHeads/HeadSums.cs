using PythiaOrleans.Analyses.Models;

namespace PythiaOrleans.Analyses.AttentionHeads;

/// <summary>What one head looked at, summed over the positions of some rows.</summary>
internal sealed class HeadSums
{
    private double _first;
    private double _previous;
    private double _same;
    private double _following;
    private double _entropy;
    private long _positions;
    private long _later;
    private long _sames;
    private long _followings;

    /// <summary>Σ over positions of the attention to the first position, over all positions (Gu et al. 2024, arXiv:2410.10781).</summary>
    public double Sink => _first / _positions;

    /// <summary>Mean attention to the position before, over all positions that have one.</summary>
    public double PreviousToken => _previous / _later;

    /// <summary>Mean attention to what followed the token where it stood before, over positions where there is such a place.</summary>
    public double Induction => _following / _followings;

    /// <summary>Mean attention to earlier places of the same token, over positions that have one.</summary>
    public double DuplicateToken => _same / _sames;

    /// <summary>Mean entropy of the attention of all positions after the first, in nats.</summary>
    public double Entropy => _entropy / _later;

    /// <summary>Positions whose token stood before and was followed by another position.</summary>
    public long Repeats => _followings;

    /// <summary>Adds some queries of a row.</summary>
    /// <param name="scores">Scaled products [query, key], as many keys as the last query may see; what a query does not see is not read.
    /// </param>
    /// <param name="first">The position of the first query.</param>
    /// <param name="count">How many queries.</param>
    /// <param name="row">The tokens' occurrences in the row.</param>
    /// <param name="window">How many tokens a token sees, itself included.</param>
    public void Add(ReadOnlySpan<float> scores, int first, int count, Occurrences row, int window)
    {
        var keys = scores.Length / count;
        for (var query = first; query < first + count; query++)
        {
            var seen = (int)Math.Max(0, (long)query - window + 1);
            AddQuery(scores.Slice(((query - first) * keys) + seen, query - seen + 1), query, seen, row);
        }
    }

    /// <summary>Adds what was summed over other rows.</summary>
    public void Add(HeadSums other)
    {
        _first += other._first;
        _previous += other._previous;
        _same += other._same;
        _following += other._following;
        _entropy += other._entropy;
        _positions += other._positions;
        _later += other._later;
        _sames += other._sames;
        _followings += other._followings;
    }

    // The scores of the keys that a query sees, the first of them at a position.
    private void AddQuery(ReadOnlySpan<float> scores, int query, int first, Occurrences row)
    {
        var largest = LogSums.Largest(scores);
        var (powers, products) = SoftmaxSums.Compute(scores, largest);
        _positions++;
        _first += first == 0 ? Attention(scores, 0) : 0;
        if (query == 0)
        {
            return;
        }

        _later++;
        _entropy += Math.Log(powers) - (products / powers);
        _previous += query > first ? Attention(scores, query - 1) : 0;
        Sum(scores, row.Same[query], ref _same, ref _sames);
        Sum(scores, row.Following[query], ref _following, ref _followings);

        double Attention(ReadOnlySpan<float> seen, int key) => Math.Exp((double)seen[key - first] - largest) / powers;

        void Sum(ReadOnlySpan<float> seen, int[] keys, ref double sum, ref long count)
        {
            foreach (var key in keys)
            {
                sum += key >= first ? Attention(seen, key) : 0;
            }

            count += keys.Length > 0 ? 1 : 0;
        }
    }
}
