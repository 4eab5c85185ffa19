using System.Numerics;
using System.Runtime.CompilerServices;
using PythiaOrleans.Numerics.Lanes;

namespace PythiaOrleans.Analyses.SvdDirections;

/// <summary>The places of the largest of many numbers, in one pass that looks closely only where a vector holds a candidate.</summary>
internal static class TopTokens
{
    /// <summary>Places, the largest first; of equal numbers the smaller place first. NaN and -∞ are never chosen.</summary>
    /// <param name="logits">One a token.</param>
    /// <param name="most">How many; fewer where there are fewer numbers.</param>
    [MethodImpl(Jit.FullyOptimized)]
    public static int[] Find(ReadOnlySpan<float> logits, int most)
    {
        var best = new Best(Math.Min(most, logits.Length));
        var at = 0;
        for (; at + Vector<float>.Count <= logits.Length; at += Vector<float>.Count)
        {
            if (Vector.GreaterThanAny(new Vector<float>(logits[at..]), new Vector<float>(best.Bound)))
            {
                Offer(best, logits, at, at + Vector<float>.Count);
            }
        }

        Offer(best, logits, at, logits.Length);
        return best.Places[..best.Count];
    }

    private static void Offer(Best best, ReadOnlySpan<float> logits, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            best.Offer(logits[i], i);
        }
    }

    /// <summary>The largest so far, descending.</summary>
    internal sealed class Best(int count)
    {
        private readonly float[] _values = Filled(count);

        /// <summary>Where they stand.</summary>
        public int[] Places { get; } = new int[count];

        /// <summary>How many are kept.</summary>
        public int Count { get; private set; }

        /// <summary>What a number must exceed to be kept.</summary>
        public float Bound
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => _values[^1];
        }

        /// <summary>Takes the next number, if it is one and among the largest.</summary>
        [MethodImpl(Jit.FullyOptimized)]
        public void Offer(float value, int place)
        {
            if (!(value > Bound))
            {
                return;
            }

            Count = Math.Min(Count + 1, _values.Length);
            var at = _values.Length - 1;
            for (; at > 0 && _values[at - 1] < value; at--)
            {
                (_values[at], Places[at]) = (_values[at - 1], Places[at - 1]);
            }

            (_values[at], Places[at]) = (value, place);
        }

        private static float[] Filled(int count)
        {
            var values = new float[count];
            Array.Fill(values, float.NegativeInfinity);
            return values;
        }
    }
}
