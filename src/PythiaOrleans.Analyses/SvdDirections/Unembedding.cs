using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Numerics.Lanes;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.SvdDirections;

/// <summary>The tokens that directions of the residual stream stand for: exact, out of a product that is not.</summary>
/// <remarks>
/// All logits are multiplied in bfloat16 where that is faster (<see cref="BrainFloat"/>), else in float32. Rounding moves each by at most a known multiple of its token's norm
/// (Cauchy-Schwarz), so that most tokens cannot be among the first; those that can, some fifty of 50,000, are multiplied again in float64. Neither the tokens nor their logits
/// depend on how the product was made. A piece of the vocabulary is converted, multiplied and looked through while the caches hold it: neither the unembedding nor the logits are ever
/// there whole in float32.
/// </remarks>
internal sealed class Unembedding : IDisposable
{
    private const int TokensAtATimeOnGpu = 1 << 14;
    private const int TokensAtATimeOnHost = 1 << 10;
    private const long ValuesAtATime = 1 << 20; // of candidates' rows

    private readonly Tensor _rows;
    private readonly Tensor _near;
    private readonly ScalarType _type;
    private readonly float[] _errors;
    private readonly int _hidden;
    private readonly float _rounding;

    /// <summary>Takes the rows of all tokens.</summary>
    /// <param name="rows">[V, d], any floating-point type, on any device. Tokens whose row is not finite are never chosen.</param>
    public Unembedding(Tensor rows)
    {
        using var off = no_grad();
        _type = BrainFloat.IsFast(rows.device) ? ScalarType.BFloat16 : ScalarType.Float32;
        _rounding = (float)Math.ScaleB(1, _type == ScalarType.BFloat16 ? -8 : -23);
        _hidden = (int)rows.shape[1];
        _rows = rows.alias().DetachFromDisposeScope();
        _near = rows.cpu().alias().DetachFromDisposeScope();
        _errors = Errors();
    }

    /// <summary>Whether there is any token whose row is finite.</summary>
    public bool HasTokens => Array.Exists(_errors, float.IsFinite);

    /// <summary>How many tokens' logits are made at a time.</summary>
    public static int TokensAtATime(bool onGpu) => onGpu ? TokensAtATimeOnGpu : TokensAtATimeOnHost;

    /// <summary>What directions say, each on its own.</summary>
    /// <param name="directions">Unit vectors [n, d], float64.</param>
    /// <param name="most">Tokens of a direction and sign; fewer where there are fewer.</param>
    public DirectionTokens[] Speak(Tensor directions, int most)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var count = (int)directions.shape[0];
        var (high, low) = (Leaders.Of(count, most), Leaders.Of(count, most));
        var rough = directions.to(_rows.device).to(_type);
        foreach (var (start, length) in Pieces())
        {
            using var own = NewDisposeScope();
            var logits = rough.mm(_rows.narrow(0, start, length).to(_type).t()).to(float32).cpu(); // [directions, tokens]
            var values = MemoryMarshal.Cast<byte, float>(logits.bytes);
            for (var row = 0; row < count; row++)
            {
                LookThrough(values.Slice(row * length, length), start, high[row], low[row]);
            }
        }

        var exact = directions.cpu().contiguous();
        var wanted = Enumerable.Range(0, count).Select(row => (High: high[row].Candidates(), Low: low[row].Candidates())).ToArray();
        return [.. InGroups(wanted).SelectMany(group => Decide(wanted.AsSpan(group), MemoryMarshal.Cast<byte, double>(exact.bytes)[(group.Start.Value * _hidden)..], most))];
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _near.Dispose();
        _rows.Dispose();
    }

    private IEnumerable<(int Start, int Length)> Pieces()
    {
        var (tokens, atATime) = ((int)_rows.shape[0], TokensAtATime(_rows.device.type == DeviceType.CUDA));
        for (var start = 0; start < tokens; start += atATime)
        {
            yield return (start, Math.Min(atATime, tokens - start));
        }
    }

    // By how much each token's logit may be off: the rounding of both factors and of the sum. The rounding of the logit itself is added where it is known.
    private float[] Errors()
    {
        var errors = new float[_near.shape[0]];
        var share = _rounding + (_hidden * Math.ScaleB(1, -23));
        foreach (var (start, length) in Pieces())
        {
            using var own = NewDisposeScope();
            var rows = MemoryMarshal.Cast<byte, float>(_near.narrow(0, start, length).to(float32).contiguous().bytes);
            for (var token = 0; token < length; token++)
            {
                var error = (float)(share * Math.Sqrt(SquaredNorm(rows.Slice(token * _hidden, _hidden))));
                errors[start + token] = float.IsFinite(error) ? error : float.NaN; // without a bound it is never chosen
            }
        }

        return errors;
    }

    // Vector by vector: hardly any holds a logit that might be among the first.
    [MethodImpl(Jit.FullyOptimized)]
    private void LookThrough(ReadOnlySpan<float> logits, int start, Leaders high, Leaders low)
    {
        var values = MemoryMarshal.Cast<float, Vector<float>>(logits);
        var errors = MemoryMarshal.Cast<float, Vector<float>>(_errors.AsSpan(start, logits.Length));
        for (var i = 0; i < values.Length; i++)
        {
            var reach = errors[i] + (Vector.Abs(values[i]) * _rounding);
            if (Vector.GreaterThanAny(reach + values[i], new Vector<float>(high.Bound)) || Vector.GreaterThanAny(reach - values[i], new Vector<float>(low.Bound)))
            {
                Offer(logits, start, i * Vector<float>.Count, (i + 1) * Vector<float>.Count, high, low);
            }
        }

        Offer(logits, start, values.Length * Vector<float>.Count, logits.Length, high, low);
    }

    [MethodImpl(Jit.FullyOptimized)]
    private void Offer(ReadOnlySpan<float> logits, int start, int from, int to, Leaders high, Leaders low)
    {
        for (var at = from; at < to; at++)
        {
            var error = _errors[start + at] + (Math.Abs(logits[at]) * _rounding);
            high.Offer(start + at, logits[at] - error, logits[at] + error);
            low.Offer(start + at, -logits[at] - error, error - logits[at]);
        }
    }

    // As many directions as have few enough candidates to fetch their rows at once.
    private List<Range> InGroups((long[] High, long[] Low)[] wanted)
    {
        var groups = new List<Range>();
        long values = 0;
        var start = 0;
        for (var row = 0; row < wanted.Length; row++)
        {
            values += (long)_hidden * (wanted[row].High.Length + wanted[row].Low.Length);
            if (values >= ValuesAtATime || row == wanted.Length - 1)
            {
                groups.Add(start..(row + 1));
                (start, values) = (row + 1, 0);
            }
        }

        return groups;
    }

    private DirectionTokens[] Decide(ReadOnlySpan<(long[] High, long[] Low)> wanted, ReadOnlySpan<double> directions, int most)
    {
        using var scope = NewDisposeScope();
        var candidates = new List<long>();
        foreach (var (high, low) in wanted)
        {
            candidates.AddRange(high);
            candidates.AddRange(low);
        }

        var rows = MemoryMarshal.Cast<byte, float>(_near.index_select(0, tensor(candidates)).to(float32).bytes);
        var spoken = new DirectionTokens[wanted.Length];
        for (var i = 0; i < spoken.Length; i++)
        {
            var (high, low) = wanted[i];
            var direction = directions.Slice(i * _hidden, _hidden);
            spoken[i] = DirectionTokens.Create(First(direction, 1, high, rows, most), First(direction, -1, low, rows[(high.Length * _hidden)..], most));
            rows = rows[((high.Length + low.Length) * _hidden)..];
        }

        return spoken;
    }

    private (int[] Tokens, float[] Logits) First(ReadOnlySpan<double> direction, int sign, long[] candidates, ReadOnlySpan<float> rows, int most)
    {
        var logits = new float[candidates.Length];
        for (var i = 0; i < logits.Length; i++)
        {
            logits[i] = (float)(sign * Product(direction, rows.Slice(i * _hidden, _hidden)));
        }

        var first = TopTokens.Find(logits, most);
        return (Array.ConvertAll(first, place => (int)candidates[place]), Array.ConvertAll(first, place => logits[place]));
    }

    [MethodImpl(Jit.FullyOptimized)]
    private static double Product(ReadOnlySpan<double> direction, ReadOnlySpan<float> row)
    {
        Vector<double> even = default, odd = default;
        var at = 0;
        for (; at + Vector<float>.Count <= row.Length; at += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(row[at..]), out var lower, out var upper);
            even = Vector.FusedMultiplyAdd(new Vector<double>(direction[at..]), lower, even);
            odd = Vector.FusedMultiplyAdd(new Vector<double>(direction[(at + Vector<double>.Count)..]), upper, odd);
        }

        var sum = Vector.Sum(even + odd);
        for (; at < row.Length; at++)
        {
            sum += direction[at] * row[at];
        }

        return sum;
    }

    [MethodImpl(Jit.FullyOptimized)]
    private static double SquaredNorm(ReadOnlySpan<float> row)
    {
        Vector<double> sum = default;
        var at = 0;
        for (; at + Vector<float>.Count <= row.Length; at += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(row[at..]), out var lower, out var upper);
            sum += (lower * lower) + (upper * upper);
        }

        var rest = Vector.Sum(sum);
        for (; at < row.Length; at++)
        {
            rest += (double)row[at] * row[at];
        }

        return rest;
    }

    /// <summary>One direction and sign: the tokens that may be among the first, by the bounds of all that were looked at.</summary>
    private sealed class Leaders(int most)
    {
        private readonly TopTokens.Best _surest = new(most); // what the first ones have at the least
        private readonly List<(long Token, float Most)> _offered = [];

        /// <summary>What a token must be able to exceed: as many before it as are asked for have that much for sure, and of equal logits the smaller id goes first.</summary>
        public float Bound => _surest.Bound;

        public static Leaders[] Of(int count, int most) => [.. Enumerable.Range(0, count).Select(_ => new Leaders(most))];

        /// <summary>Those that still can, by number.</summary>
        public long[] Candidates()
        {
            var (candidates, found) = (new long[_offered.Count], 0);
            foreach (var (token, most) in _offered)
            {
                if (most >= Bound)
                {
                    candidates[found++] = token;
                }
            }

            return candidates[..found];
        }

        /// <summary>Takes the next token, whose logit is between two bounds. Neither is a number where the token's row is not finite.</summary>
        [MethodImpl(Jit.FullyOptimized)]
        public void Offer(int token, float least, float most)
        {
            if (!(most > Bound))
            {
                return;
            }

            _offered.Add((token, most));
            _surest.Offer(least, token);
        }
    }
}
