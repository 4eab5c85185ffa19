using System.Numerics;
using System.Runtime.CompilerServices;
using PythiaOrleans.Numerics.Lanes;

namespace PythiaOrleans.Analyses.SvdDirections;

/// <summary>
/// The places of the largest of many numbers, descending; of equal numbers the one that came first. NaN and -∞ are never among them.
/// </summary>
/// <param name="maxCount">How many are kept.</param>
internal sealed class TopK(int maxCount)
{
    private readonly float[] _values = Filled(maxCount);

    /// <summary>Where the kept numbers stand; the first <see cref="Count"/> of them are in use.</summary>
    public int[] Places { get; } = new int[maxCount];

    /// <summary>How many are kept.</summary>
    public int Count { get; private set; }

    /// <summary>What a number must exceed to be kept: the smallest kept one, -∞ while there is room.</summary>
    public float Smallest
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _values[^1];
    }

    /// <summary>Finds the largest in one pass that looks closely only where a vector holds a candidate.</summary>
    /// <param name="values">Any count.</param>
    /// <param name="maxCount">How many places; fewer where there are fewer numbers.</param>
    /// <returns>Places, the largest number first; of equal numbers the smaller place first.</returns>
    [MethodImpl(Jit.FullyOptimized)]
    public static int[] Find(ReadOnlySpan<float> values, int maxCount)
    {
        var top = new TopK(Math.Min(maxCount, values.Length));
        var at = 0;
        for (; at + Vector<float>.Count <= values.Length; at += Vector<float>.Count)
        {
            if (Vector.GreaterThanAny(new Vector<float>(values[at..]), new Vector<float>(top.Smallest)))
            {
                top.AddRange(values, at, at + Vector<float>.Count);
            }
        }

        top.AddRange(values, at, values.Length);
        return top.Places[..top.Count];
    }

    /// <summary>Takes the next number, if it is one and among the largest.</summary>
    [MethodImpl(Jit.FullyOptimized)]
    public void Add(float value, int place)
    {
        if (!(value > Smallest))
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

    private void AddRange(ReadOnlySpan<float> values, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            Add(values[i], i);
        }
    }

    private static float[] Filled(int count)
    {
        var values = new float[count];
        Array.Fill(values, float.NegativeInfinity);
        return values;
    }
}
