using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Numerics.Lanes;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.SvdDirections;

/// <summary>The tokens that directions of the residual stream stand for: exact, out of a product that is not.</summary>
/// <remarks>
/// All logits are multiplied in bfloat16 where that is faster (<see cref="BrainFloat"/>), else in float32. Rounding moves each by at most a
/// known multiple of its token's norm, so that most tokens cannot be among the first; those that can, some fifty of 50,000, are multiplied
/// again in float64. Neither the tokens nor their logits depend on how the product was made.
/// <para>
/// The bound, with u the unit roundoff of the numbers, a direction v of norm 1 and a row w of n numbers: both factors are rounded, and the
/// sum is made in float32, so that |computed − v·w| ≤ (2u + u² + n 2⁻²³) Σ|vᵢwᵢ| ≤ (2u + u² + n 2⁻²³) ‖w‖ (Cauchy-Schwarz), and u
/// |computed| for the rounding of the logit itself (Higham 2002, Accuracy and Stability of Numerical Algorithms, section 3.1).
/// </para>
/// A piece of the vocabulary is converted, multiplied and scanned while the caches hold it: neither the unembedding nor the logits ever
/// exist whole in float32.
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
    private readonly float _unitRoundoff;

    /// <summary>Takes the rows of all tokens.</summary>
    /// <param name="rows">[V, d], any floating-point type, on any device. Tokens whose row is not finite are never chosen.</param>
    /// <param name="threads">That measure the rows side by side.</param>
    /// <param name="cancellationToken">Ends the wait for cores.</param>
    public Unembedding(Tensor rows, int threads, CancellationToken cancellationToken)
        : this(rows, threads, BrainFloat.IsFast(rows.device) ? ScalarType.BFloat16 : ScalarType.Float32, cancellationToken)
    {
    }

    /// <summary>Takes the rows of all tokens, with the numbers in which logits are multiplied: bfloat16 or float32.</summary>
    internal Unembedding(Tensor rows, int threads, ScalarType type, CancellationToken cancellationToken)
    {
        using var off = no_grad();
        _type = type;
        _unitRoundoff = (float)Math.ScaleB(1, type == ScalarType.BFloat16 ? -8 : -24);
        _hidden = (int)rows.shape[1];
        _rows = rows.alias().DetachFromDisposeScope();
        _near = rows.cpu().alias().DetachFromDisposeScope();
        _errors =
        [
            .. CoreThreads.Map([.. Pieces()], _ => 1, piece => Errors(piece.Start, piece.Length), threads, cancellationToken)
                .SelectMany(errors => errors),
        ];
    }

    /// <summary>Whether there is any token whose row is finite.</summary>
    public bool HasTokens => Array.Exists(_errors, float.IsFinite);

    /// <summary>How many tokens' logits are made at a time.</summary>
    public static int TokensAtATime(bool onGpu) => onGpu ? TokensAtATimeOnGpu : TokensAtATimeOnHost;

    /// <summary>The tokens of each direction, of both signs.</summary>
    /// <param name="directions">Unit vectors [n, d], float64.</param>
    /// <param name="maxCount">Tokens of one direction and sign; fewer where there are fewer.</param>
    public DirectionTokens[] ProjectToTokens(Tensor directions, int maxCount)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var count = (int)directions.shape[0];
        var (high, low) = (CandidateSet.CreateMany(count, maxCount), CandidateSet.CreateMany(count, maxCount));
        var rough = directions.to(_rows.device).to(_type);
        foreach (var (start, length) in Pieces())
        {
            using var own = NewDisposeScope();
            var logits = rough.mm(_rows.narrow(0, start, length).to(_type).t()).to(float32).cpu(); // [directions, tokens]
            var values = MemoryMarshal.Cast<byte, float>(logits.bytes);
            for (var row = 0; row < count; row++)
            {
                ScanLogits(values.Slice(row * length, length), start, high[row], low[row]);
            }
        }

        var exact = directions.cpu().contiguous();
        var wanted = Enumerable.Range(0, count).Select(row => (High: high[row].Tokens(), Low: low[row].Tokens())).ToArray();
        return
        [
            .. InGroups(wanted).SelectMany(group =>
                Decide(wanted.AsSpan(group), MemoryMarshal.Cast<byte, double>(exact.bytes)[(group.Start.Value * _hidden)..], maxCount)),
        ];
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

    // By how much each token's logit may be off: the rounding of both factors and of the sum.
    // The rounding of the logit itself is added where the logit is known.
    private float[] Errors(int start, int length)
    {
        using var off = no_grad();
        using var own = NewDisposeScope();
        var errors = new float[length];
        var share = (2 * _unitRoundoff) + (_unitRoundoff * _unitRoundoff) + (_hidden * Math.ScaleB(1, -23));
        var rows = MemoryMarshal.Cast<byte, float>(_near.narrow(0, start, length).to(float32).contiguous().bytes);
        for (var token = 0; token < length; token++)
        {
            var error = (float)(share * Math.Sqrt(UnitSum.SquaredNorm(rows.Slice(token * _hidden, _hidden))));
            errors[token] = float.IsFinite(error) ? error : float.NaN; // without a bound it is never chosen
        }

        return errors;
    }

    // Vector by vector: hardly any holds a logit that might be among the first.
    [MethodImpl(Jit.FullyOptimized)]
    private void ScanLogits(ReadOnlySpan<float> logits, int start, CandidateSet high, CandidateSet low)
    {
        var values = MemoryMarshal.Cast<float, Vector<float>>(logits);
        var errors = MemoryMarshal.Cast<float, Vector<float>>(_errors.AsSpan(start, logits.Length));
        for (var i = 0; i < values.Length; i++)
        {
            var reach = errors[i] + (Vector.Abs(values[i]) * _unitRoundoff);
            if (Vector.GreaterThanAny(reach + values[i], new Vector<float>(high.Threshold))
                || Vector.GreaterThanAny(reach - values[i], new Vector<float>(low.Threshold)))
            {
                AddCandidates(logits, start, i * Vector<float>.Count, (i + 1) * Vector<float>.Count, high, low);
            }
        }

        AddCandidates(logits, start, values.Length * Vector<float>.Count, logits.Length, high, low);
    }

    [MethodImpl(Jit.FullyOptimized)]
    private void AddCandidates(ReadOnlySpan<float> logits, int start, int from, int to, CandidateSet high, CandidateSet low)
    {
        for (var at = from; at < to; at++)
        {
            var error = _errors[start + at] + (Math.Abs(logits[at]) * _unitRoundoff);
            high.Add(start + at, logits[at] - error, logits[at] + error);
            low.Add(start + at, -logits[at] - error, error - logits[at]);
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

    // The candidates' logits in float64.
    private DirectionTokens[] Decide(ReadOnlySpan<(long[] High, long[] Low)> wanted, ReadOnlySpan<double> directions, int maxCount)
    {
        using var scope = NewDisposeScope();
        var candidates = new List<long>();
        foreach (var (high, low) in wanted)
        {
            candidates.AddRange(high);
            candidates.AddRange(low);
        }

        var rows = MemoryMarshal.Cast<byte, float>(_near.index_select(0, tensor(candidates)).to(float32).bytes);
        var decided = new DirectionTokens[wanted.Length];
        for (var i = 0; i < decided.Length; i++)
        {
            var (high, low) = wanted[i];
            var direction = directions.Slice(i * _hidden, _hidden);
            decided[i] = DirectionTokens.Create(
                First(direction, 1, high, rows, maxCount),
                First(direction, -1, low, rows[(high.Length * _hidden)..], maxCount));
            rows = rows[((high.Length + low.Length) * _hidden)..];
        }

        return decided;
    }

    private (int[] Tokens, float[] Logits) First(
        ReadOnlySpan<double> direction, int sign, long[] candidates, ReadOnlySpan<float> rows, int maxCount)
    {
        var logits = new float[candidates.Length];
        for (var i = 0; i < logits.Length; i++)
        {
            logits[i] = (float)(sign * Product(direction, rows.Slice(i * _hidden, _hidden)));
        }

        var first = TopK.Find(logits, maxCount);
        return (Array.ConvertAll(first, place => (int)candidates[place]), Array.ConvertAll(first, place => logits[place]));
    }

    [MethodImpl(Jit.FullyOptimized)]
    private static double Product(ReadOnlySpan<double> direction, ReadOnlySpan<float> row)
    {
        Vector256<double> even = default, odd = default;
        var at = 0;
        for (; at + Vector256<float>.Count <= row.Length; at += Vector256<float>.Count)
        {
            var (lower, upper) = Vector256.Widen(Vector256.Create(row[at..]));
            even = Vector256.FusedMultiplyAdd(Vector256.Create(direction[at..]), lower, even);
            odd = Vector256.FusedMultiplyAdd(Vector256.Create(direction[(at + Lane.Count)..]), upper, odd);
        }

        var sum = Lane.Sum(even + odd);
        for (; at < row.Length; at++)
        {
            sum += direction[at] * row[at];
        }

        return sum;
    }
}
