using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace PythiaOrleans.Analyses.Behaviour;

/// <summary>How often each token follows none, one and two others in a text, as three distributions over the whole vocabulary.</summary>
/// <remarks>
/// q₁(v) = (c(v) + 1)/(n + V); q₂(v | b) = (c(bv) + q₁(v))/(c(b) + 1); q₃(v | ab) = (c(abv) + q₂(v | b))/(c(ab) + 1): counts with the
/// shorter context's distribution added once, so that every token keeps some probability.
/// </remarks>
internal sealed class NgramModel
{
    /// <summary>Tokens of the text that are counted, at most.</summary>
    public const int MaxTokens = 1_000_000;

    private static readonly ConditionalWeakTable<int[], NgramModel> Models = [];

    private readonly Dictionary<int, SortedDictionary<int, int>> _afterOne = [];
    private readonly Dictionary<(int, int), Dictionary<int, int>> _afterTwo = [];
    private readonly ConcurrentDictionary<(int? Before, int Last), NgramPrediction> _predictions = new();
    private readonly int[] _counts;
    private readonly double _total;

    /// <summary>Counts.</summary>
    /// <param name="text">Ids, each below the vocabulary's size.</param>
    /// <param name="vocabulary">V.</param>
    public NgramModel(ReadOnlySpan<int> text, int vocabulary)
    {
        var counted = text[..Math.Min(text.Length, MaxTokens)];
        _counts = new int[vocabulary];
        _total = counted.Length + vocabulary;
        for (var i = 0; i < counted.Length; i++)
        {
            _counts[counted[i]]++;
            if (i > 0)
            {
                Count(_afterOne, counted[i - 1], counted[i]);
            }

            if (i > 1)
            {
                Count(_afterTwo, (counted[i - 2], counted[i - 1]), counted[i]);
            }
        }

        Unigram = [.. _counts.Select((_, token) => (float)Share(token))];
        LogUnigram = [.. _counts.Select((_, token) => (float)Math.Log(Share(token)))];
        NegativeEntropy = _counts.Select((_, token) => Share(token) * Math.Log(Share(token))).Sum();
    }

    /// <summary>q₁ [V].</summary>
    public float[] Unigram { get; }

    /// <summary>ln q₁ [V].</summary>
    public float[] LogUnigram { get; }

    /// <summary>Σ q₁ ln q₁.</summary>
    public double NegativeEntropy { get; }

    /// <summary>The model of a text, counted once for all checkpoints that read it alike.</summary>
    public static NgramModel For(int[] text, int vocabulary) => Models.GetValue(text, ids => new NgramModel(ids, vocabulary));

    /// <summary>How often a token is in the text.</summary>
    public int Count(long token) => _counts[token];

    /// <summary>The most frequent tokens, ascending; of equally frequent ones those with the smaller ids.</summary>
    public int[] MostFrequent(int most) =>
        [.. Enumerable.Range(0, _counts.Length).OrderByDescending(token => _counts[token]).Take(most).Order()];

    /// <summary>q₁ of a token.</summary>
    public double Share(int token) => (_counts[token] + 1) / _total;

    /// <summary>What follows two tokens, or one where there is no other before it.</summary>
    public NgramPrediction After(int? before, int last) => _predictions.GetOrAdd((before, last), context => new NgramPrediction(
        this,
        _afterOne.GetValueOrDefault(context.Last) ?? [],
        (context.Before is { } token ? _afterTwo.GetValueOrDefault((token, context.Last)) : null) ?? []));

    private static void Count<TContext, TCounts>(Dictionary<TContext, TCounts> contexts, TContext context, int token)
        where TContext : notnull
        where TCounts : IDictionary<int, int>, new()
    {
        if (!contexts.TryGetValue(context, out var counts))
        {
            contexts[context] = counts = new TCounts();
        }

        counts.TryGetValue(token, out var count);
        counts[token] = count + 1;
    }
}
