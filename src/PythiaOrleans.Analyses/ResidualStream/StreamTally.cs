using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using PythiaOrleans.Analyses.Counting;
using PythiaOrleans.Numerics.Lanes;
using TorchSharp;

namespace PythiaOrleans.Analyses.ResidualStream;

/// <summary>Statistics of the residual stream at one place: of all positions, and of all but the first of each row.</summary>
internal sealed class StreamTally : IDisposable
{
    private StreamTally(Part all, Part inner) => (All, Inner) = (all, inner);

    /// <summary>
    /// Reads some rows' stream [rows, length, d] once. <see cref="All"/> holds their first positions until <see cref="Sum"/> adds the rest.
    /// </summary>
    /// <param name="stream">On any device.</param>
    /// <param name="counts">Of all rows at this place.</param>
    public StreamTally(torch.Tensor stream, StreamCounts counts)
    {
        var (length, hidden) = ((int)stream.shape[1], (int)stream.shape[2]);
        var (first, inner) = counts.Take();
        (All, Inner) = (new Part(hidden, first), new Part(hidden, inner));
        using var scope = torch.NewDisposeScope();
        var values = MemoryMarshal.Cast<byte, float>(stream.to(torch.float32).contiguous().cpu().bytes);
        for (var token = 0; token * hidden < values.Length; token++)
        {
            (token % length == 0 ? All : Inner).Add(values.Slice(token * hidden, hidden), token % length);
        }

        counts.Return((first, inner));
    }

    /// <summary>Every position.</summary>
    public Part All { get; }

    /// <summary>Without the first of each row.</summary>
    public Part Inner { get; }

    /// <summary>All rows together.</summary>
    /// <param name="tallies">In the order of the rows.</param>
    /// <param name="counts">What they counted; it belongs to the result from now on.</param>
    public static StreamTally Sum(IReadOnlyList<StreamTally> tallies, StreamCounts counts)
    {
        var hidden = tallies[0].All.ChannelMax.Length;
        var (first, rest) = counts.Sum();
        var (all, inner) = (new Part(hidden, first), new Part(hidden, rest));
        foreach (var tally in tallies)
        {
            all.Add(tally.All);
            inner.Add(tally.Inner);
        }

        all.Add(inner);
        all.Values.Counts.Add(inner.Values.Counts);
        return new StreamTally(all, inner);
    }

    /// <summary>Returns the counters' memory.</summary>
    public void Dispose()
    {
        All.Values.Counts.Dispose();
        Inner.Values.Counts.Dispose();
    }

    /// <summary>A part of the positions.</summary>
    internal sealed class Part(int hidden, FloatHistogram counts)
    {
        private double _norms;
        private long _tokens;
        private float _largest;

        public StreamingMoments Values { get; } = new(counts);

        /// <summary>The largest |x| of each channel [d].</summary>
        public float[] ChannelMax { get; } = new float[hidden];

        public double TokenNormMax { get; private set; }

        public double TokenNormMean => _norms / _tokens;

        public int LargestChannel { get; private set; }

        public int LargestPosition { get; private set; }

        public void Add(ReadOnlySpan<float> token, int position)
        {
            Values.Add(token);
            var (squares, largest) = Accumulate(token);
            if (largest > _largest)
            {
                (_largest, LargestPosition, LargestChannel) = (largest, position, 0);
                while (Math.Abs(token[LargestChannel]) != largest)
                {
                    LargestChannel++;
                }
            }

            var norm = Math.Sqrt(squares);
            _norms += norm;
            _tokens++;
            TokenNormMax = Math.Max(TokenNormMax, norm);
        }

        // The squared norm and the largest |x| of a token; each channel's maximum on the way.
        [MethodImpl(Jit.FullyOptimized)]
        private (double Squares, float Largest) Accumulate(ReadOnlySpan<float> token)
        {
            Vector256<double> even = default, odd = default;
            Vector256<float> largest = default;
            var channel = 0;
            for (; channel + Vector256<float>.Count <= token.Length; channel += Vector256<float>.Count)
            {
                var sizes = Vector256.Abs(Vector256.Create(token[channel..]));
                Vector256.Max(Vector256.Create(ChannelMax, channel), sizes).CopyTo(ChannelMax, channel);
                largest = Vector256.MaxNumber(largest, sizes);
                var (low, high) = Vector256.Widen(sizes);
                even += low * low;
                odd += high * high;
            }

            var (squares, max) = (Lane.Sum(even + odd), 0f);
            for (var lane = 0; lane < Vector256<float>.Count; lane++)
            {
                max = Math.Max(max, largest[lane]);
            }

            for (; channel < token.Length; channel++)
            {
                var size = Math.Abs(token[channel]);
                squares += (double)size * size;
                ChannelMax[channel] = Math.Max(ChannelMax[channel], size);
                max = float.MaxNumber(max, size);
            }

            return (squares, max);
        }

        /// <summary>Adds what another part has seen, but for its counts.</summary>
        public void Add(Part other)
        {
            Values.AddSums(other.Values);
            for (var channel = 0; channel < ChannelMax.Length; channel++)
            {
                ChannelMax[channel] = Math.Max(ChannelMax[channel], other.ChannelMax[channel]);
            }

            if (other._largest > _largest)
            {
                (_largest, LargestChannel, LargestPosition) = (other._largest, other.LargestChannel, other.LargestPosition);
            }

            _norms += other._norms;
            _tokens += other._tokens;
            TokenNormMax = Math.Max(TokenNormMax, other.TokenNormMax);
        }
    }
}
