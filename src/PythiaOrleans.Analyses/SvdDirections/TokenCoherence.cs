using System.Runtime.InteropServices;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Checkpoints.Formats;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.SvdDirections;

/// <summary>How alike are the tokens of a direction, by their input embeddings?</summary>
/// <remarks>
/// The mean cosine over all pairs of the tokens, less that over all pairs of the vocabulary: 0 for tokens picked at random. Of n unit
/// vectors the mean over pairs is (‖Σ‖² − n) / (n (n − 1)). The input embedding is asked, not the matrix that chose the tokens: rows
/// with a large logit for one direction are alike there by the choice itself. Where the two are tied this cannot be told apart.
/// </remarks>
internal sealed class TokenCoherence
{
    private const int TokensAtATime = 1 << 10;
    private const int Parts = 16;

    private readonly StoredTensor _rows;
    private readonly int _hidden;

    /// <summary>Looks through the input embeddings; they are read again where they are asked for, and not kept.</summary>
    /// <param name="rows">[V, d], any floating-point type. Rows that are zero or not finite count as absent.</param>
    /// <param name="tokens">Rows that are tokens, the first ones.</param>
    /// <param name="threads">That look side by side; what they find is added up in order.</param>
    /// <param name="cancellationToken">Ends the wait for cores.</param>
    public TokenCoherence(StoredTensor rows, long tokens, int threads, CancellationToken cancellationToken)
    {
        _rows = rows;
        _hidden = (int)rows.Shape[1];
        var all = new UnitSum(_hidden);
        var starts = Enumerable.Range(0, Parts).Select(part => (From: tokens * part / Parts, To: tokens * (part + 1) / Parts)).ToArray();
        foreach (var part in CoreThreads.Map(starts, _ => 1, range => SumOf(range.From, range.To), threads, cancellationToken))
        {
            all.Add(part);
        }

        Vocabulary = all.MeanCosine;
    }

    /// <summary>The mean cosine over all pairs of tokens.</summary>
    public double Vocabulary { get; }

    /// <summary>The mean over directions; NaN where no direction has two tokens with an embedding.</summary>
    /// <param name="directions">The tokens of each.</param>
    public double Mean(IReadOnlyList<int[]> directions)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        long[] wanted = [.. directions.SelectMany(tokens => tokens).Select(token => (long)token)];
        if (wanted.Length == 0)
        {
            return double.NaN;
        }

        var rows = Values(StoredRows.ReadMany(_rows, wanted));
        var (sum, count) = (0.0, 0);
        foreach (var tokens in directions)
        {
            var own = new UnitSum(_hidden);
            own.Add(rows[..(tokens.Length * _hidden)]);
            rows = rows[(tokens.Length * _hidden)..];
            if (!double.IsNaN(own.MeanCosine))
            {
                sum += own.MeanCosine - Vocabulary;
                count++;
            }
        }

        return count > 0 ? sum / count : double.NaN;
    }

    private UnitSum SumOf(long from, long to)
    {
        using var off = no_grad();
        var sum = new UnitSum(_hidden);
        for (var start = from; start < to; start += TokensAtATime)
        {
            using var scope = NewDisposeScope();
            sum.Add(Values(StoredRows.ReadRange(_rows, start, Math.Min(TokensAtATime, to - start))));
        }

        return sum;
    }

    private static ReadOnlySpan<float> Values(Tensor rows) => MemoryMarshal.Cast<byte, float>(rows.to(float32).bytes);
}
