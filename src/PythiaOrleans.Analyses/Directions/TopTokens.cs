using System.Numerics;
using System.Runtime.CompilerServices;

namespace PythiaOrleans.Analyses;

/// <summary>The places of the largest and of the smallest of many numbers, in one pass that looks closely only where a vector holds a candidate.</summary>
internal static class TopTokens
{
    /// <summary>Places, the most extreme first; of equal numbers the smaller place first. NaN is never chosen.</summary>
    /// <param name="logits">One a token.</param>
    /// <param name="most">How many of each; fewer where there are fewer numbers.</param>
    public static (int[] High, int[] Low) Of(ReadOnlySpan<float> logits, int most)
    {
        var count = Math.Min(most, logits.Length);
        var (high, low) = (new Best(count), new Best(count));
        var at = 0;
        for (; at + Vector<float>.Count <= logits.Length; at += Vector<float>.Count)
        {
            var values = new Vector<float>(logits[at..]);
            if (Vector.GreaterThanAny(values, new Vector<float>(high.Bound)) || Vector.LessThanAny(values, new Vector<float>(-low.Bound)))
            {
                Look(logits, at, at + Vector<float>.Count);
            }
        }

        Look(logits, at, logits.Length);
        return (high.Places, low.Places);

        void Look(ReadOnlySpan<float> all, int from, int to)
        {
            for (var i = from; i < to; i++)
            {
                high.Offer(all[i], i);
                low.Offer(-all[i], i);
            }
        }
    }

    /// <summary>The largest so far, descending.</summary>
    private sealed class Best(int count)
    {
        private readonly float[] _values = Filled(count);

        public int[] Places { get; } = new int[count];

        /// <summary>What a number must exceed to be kept.</summary>
        public float Bound
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => _values[^1];
        }

        public void Offer(float value, int place)
        {
            if (!(value > Bound))
            {
                return;
            }

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
