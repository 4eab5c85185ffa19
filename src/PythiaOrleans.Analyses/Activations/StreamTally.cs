using System.Numerics;
using System.Runtime.InteropServices;
using TorchSharp;

namespace PythiaOrleans.Analyses;

/// <summary>What is kept of the residual stream at one place: everything, and everything but each row's first position.</summary>
internal sealed class StreamTally(int hidden) : IDisposable
{
    private readonly Part _first = new(hidden);
    private bool _isWhole;

    /// <summary>Every position. Nothing can be added afterwards.</summary>
    public Part All
    {
        get
        {
            if (!_isWhole)
            {
                _first.Add(Inner);
                _isWhole = true;
            }

            return _first;
        }
    }

    /// <summary>Without the first of each row.</summary>
    public Part Inner { get; } = new(hidden);

    /// <summary>Looks at some rows' stream [rows, length, d] once.</summary>
    public void Add(torch.Tensor stream)
    {
        var length = (int)stream.shape[1];
        using var scope = torch.NewDisposeScope();
        var values = MemoryMarshal.Cast<byte, float>(stream.to(torch.float32).contiguous().cpu().bytes);
        for (var token = 0; token * hidden < values.Length; token++)
        {
            (token % length == 0 ? _first : Inner).Add(values.Slice(token * hidden, hidden), token % length);
        }
    }

    /// <summary>Gives the counts' memory back.</summary>
    public void Dispose()
    {
        _first.Values.Dispose();
        Inner.Values.Dispose();
    }

    /// <summary>A part of the positions.</summary>
    internal sealed class Part(int hidden)
    {
        private double _norms;
        private long _tokens;
        private float _largest;

        public FloatTally Values { get; } = new();

        /// <summary>The largest |x| of each channel [d].</summary>
        public float[] ChannelMax { get; } = new float[hidden];

        public double TokenNormMax { get; private set; }

        public double TokenNormMean => _norms / _tokens;

        public int LargestChannel { get; private set; }

        public int LargestPosition { get; private set; }

        public void Add(ReadOnlySpan<float> token, int position)
        {
            Values.Add(token);
            var (squares, largest) = LookAt(token);
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
        private (double Squares, float Largest) LookAt(ReadOnlySpan<float> token)
        {
            Vector<double> even = default, odd = default;
            Vector<float> largest = default;
            var channel = 0;
            for (; channel + Vector<float>.Count <= token.Length; channel += Vector<float>.Count)
            {
                var sizes = Vector.Abs(new Vector<float>(token[channel..]));
                Vector.Max(new Vector<float>(ChannelMax, channel), sizes).CopyTo(ChannelMax, channel);
                largest = Vector.MaxNumber(largest, sizes);
                Vector.Widen(sizes, out var low, out var high);
                even += low * low;
                odd += high * high;
            }

            var (squares, most) = (Vector.Sum(even + odd), 0f);
            for (var lane = 0; lane < Vector<float>.Count; lane++)
            {
                most = Math.Max(most, largest[lane]);
            }

            for (; channel < token.Length; channel++)
            {
                var size = Math.Abs(token[channel]);
                squares += (double)size * size;
                ChannelMax[channel] = Math.Max(ChannelMax[channel], size);
                most = float.MaxNumber(most, size);
            }

            return (squares, most);
        }

        public void Add(Part other)
        {
            Values.Add(other.Values);
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
