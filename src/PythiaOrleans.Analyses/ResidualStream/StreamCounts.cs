using System.Collections.Concurrent;
using PythiaOrleans.Analyses.Counting;

namespace PythiaOrleans.Analyses.ResidualStream;

/// <summary>The counters of one place of the residual stream, for rows that are counted on several threads.</summary>
/// <remarks>
/// There are as many pairs as threads count at the same time: whole numbers add up to the same, whichever thread counted them.
/// </remarks>
internal sealed class StreamCounts
{
    private readonly ConcurrentBag<(FloatHistogram First, FloatHistogram Inner)> _idle = [];

    /// <summary>Counters for the first positions and for the others, for the caller alone until it returns them.</summary>
    public (FloatHistogram First, FloatHistogram Inner) Take() =>
        _idle.TryTake(out var pair) ? pair : (new FloatHistogram(), new FloatHistogram());

    /// <summary>Takes them back with what they count now.</summary>
    public void Return((FloatHistogram First, FloatHistogram Inner) pair) => _idle.Add(pair);

    /// <summary>All counts together; the caller disposes them.</summary>
    public (FloatHistogram First, FloatHistogram Inner) Sum()
    {
        var sum = Take();
        while (_idle.TryTake(out var more))
        {
            sum.First.Add(more.First);
            sum.Inner.Add(more.Inner);
            more.First.Dispose();
            more.Inner.Dispose();
        }

        return sum;
    }
}
