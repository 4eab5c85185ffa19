using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses;

/// <summary>The tokens that directions of the residual stream stand for: exact, out of a product that is not.</summary>
/// <remarks>
/// All logits are multiplied in bfloat16 where that is fast (<see cref="BrainFloat"/>), else in float32. Rounding moves each by at most a known multiple of its token's norm
/// (Cauchy-Schwarz), so that most tokens cannot be among the first; those that can, some fifty of 50,000, are multiplied again in float64. Neither the tokens nor their logits
/// depend on how the product was made.
/// </remarks>
internal sealed class Unembedding : IDisposable
{
    // 24 MB of logits at a time: glibc would ask the system for larger pieces anew each time, and clearing their pages costs as much as the product.
    private const long BytesAtATime = 24 << 20;

    private readonly Tensor _near;
    private readonly Tensor _rough;
    private readonly float[] _errors;
    private readonly int _hidden;
    private readonly float _rounding;

    /// <summary>Takes the rows of all tokens.</summary>
    /// <param name="rows">[V, d], float32. Tokens whose row is not finite are never chosen.</param>
    public Unembedding(Tensor rows)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var type = BrainFloat.IsFast(rows.device) ? ScalarType.BFloat16 : ScalarType.Float32;
        _hidden = (int)rows.shape[1];
        _rounding = (float)Math.ScaleB(1, type == ScalarType.BFloat16 ? -8 : -23);
        _near = rows.cpu().contiguous().DetachFromDisposeScope();
        _rough = rows.nan_to_num(0, 0, 0).to(type).DetachFromDisposeScope();
        _errors = Errors();
    }

    /// <summary>Whether there is any token whose row is finite.</summary>
    public bool HasTokens => Array.Exists(_errors, float.IsFinite);

    /// <summary>What directions say, each on its own.</summary>
    /// <param name="directions">Unit vectors [n, d], float64.</param>
    /// <param name="most">Tokens of a direction and sign; fewer where there are fewer.</param>
    public Spoken[] Speak(Tensor directions, int most)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var exact = directions.cpu().contiguous();
        var rough = directions.to(_rough.dtype);
        var spoken = new Spoken[directions.shape[0]];
        var rowsAtATime = (int)Math.Max(1, BytesAtATime / (_rough.shape[0] * _rough.element_size()));
        var scratch = new Scratch(_errors.Length);
        for (var start = 0; start < spoken.Length; start += rowsAtATime)
        {
            using var own = NewDisposeScope();
            using var logits = rough.narrow(0, start, Math.Min(rowsAtATime, spoken.Length - start)).mm(_rough.t()).cpu(); // [directions, V]
            for (var row = 0; row < logits.shape[0]; row++)
            {
                Widen(logits, row, scratch.Logits);
                var direction = MemoryMarshal.Cast<byte, double>(exact.bytes).Slice((start + row) * _hidden, _hidden);
                spoken[start + row] = Spoken.Of(First(direction, 1, scratch, most), First(direction, -1, scratch, most));
            }
        }

        return spoken;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _near.Dispose();
        _rough.Dispose();
    }

    // By how much each token's logit may be off: the rounding of both factors and of the sum. The rounding of the logit itself is added where it is known.
    private float[] Errors()
    {
        var rows = MemoryMarshal.Cast<byte, float>(_near.bytes);
        var tokens = rows.Length / _hidden;
        var errors = new float[(tokens + Vector<float>.Count - 1) / Vector<float>.Count * Vector<float>.Count];
        Array.Fill(errors, float.NaN); // what is no token has no bound, and is never chosen; nor is a token whose row is not finite
        var share = _rounding + (_hidden * Math.ScaleB(1, -23));
        for (var token = 0; token < tokens; token++)
        {
            var error = (float)(share * Math.Sqrt(SquaredNorm(rows.Slice(token * _hidden, _hidden))));
            errors[token] = float.IsFinite(error) ? error : float.NaN;
        }

        return errors;
    }

    [MethodImpl(Compiled.AtOnce)]
    private static void Widen(Tensor logits, int row, Span<float> into)
    {
        var tokens = (int)logits.shape[1];
        if (logits.dtype == ScalarType.Float32)
        {
            MemoryMarshal.Cast<byte, float>(logits.bytes).Slice(row * tokens, tokens).CopyTo(into);
            return;
        }

        var halves = MemoryMarshal.Cast<byte, ushort>(logits.bytes).Slice(row * tokens, tokens);
        var words = MemoryMarshal.Cast<float, uint>(into);
        var at = 0;
        for (; at + Vector<ushort>.Count <= tokens; at += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(halves[at..]), out var lower, out var upper);
            (lower << 16).CopyTo(words[at..]);
            (upper << 16).CopyTo(words[(at + Vector<uint>.Count)..]);
        }

        for (; at < tokens; at++)
        {
            words[at] = (uint)halves[at] << 16;
        }
    }

    // The largest logits of one sign: whatever may be among them by the bounds is computed again.
    [MethodImpl(Compiled.AtOnce)]
    private (int[] Tokens, float[] Logits) First(ReadOnlySpan<double> direction, int sign, Scratch scratch, int most)
    {
        for (var i = 0; i < _errors.Length; i += Vector<float>.Count)
        {
            var value = new Vector<float>(scratch.Logits, i) * sign;
            var error = new Vector<float>(_errors, i) + (Vector.Abs(value) * _rounding);
            (value - error).CopyTo(scratch.Least, i);
            (value + error).CopyTo(scratch.Most, i);
        }

        var surely = TopTokens.Of(scratch.Least, most);
        var candidates = TopTokens.AtLeast(scratch.Most, surely.Length < most ? float.NegativeInfinity : scratch.Least[surely[^1]]);
        var rows = MemoryMarshal.Cast<byte, float>(_near.bytes);
        var exact = new float[candidates.Count];
        for (var i = 0; i < exact.Length; i++)
        {
            exact[i] = (float)(sign * Product(direction, rows.Slice(candidates[i] * _hidden, _hidden)));
        }

        var first = TopTokens.Of(exact, most);
        return (Array.ConvertAll(first, place => candidates[place]), Array.ConvertAll(first, place => exact[place]));
    }

    [MethodImpl(Compiled.AtOnce)]
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

    [MethodImpl(Compiled.AtOnce)]
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

    /// <summary>Logits of one direction, and the least and the most that they may be for one sign.</summary>
    private sealed class Scratch(int length)
    {
        public float[] Logits { get; } = new float[length];

        public float[] Least { get; } = new float[length];

        public float[] Most { get; } = new float[length];
    }
}
