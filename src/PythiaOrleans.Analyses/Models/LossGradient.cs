using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Numerics.Lanes;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Models;

/// <summary>
/// The backward pass from the next-token cross-entropy through the unembedding, row by row in memory that is allocated once.
/// </summary>
/// <remarks>
/// With p = softmax(E x) and y the next token, ∂/∂x = s (p − e_y) E and ∂/∂E = s (p − e_y) xᵀ. libtorch's own graph would hold the logits
/// of each row four times, in pages that are new each time.
/// <para>
/// On a processor the vocabulary goes by in pieces whose logits stay in a core's caches: once for the sums of the softmax, once for what
/// comes of it. Eight groups of pieces may go side by side, and their parts of ∂/∂x are added up in order, so that no sum depends on the
/// number of cores.
/// </para>
/// </remarks>
internal sealed class LossGradient : IDisposable
{
    private const int Groups = 8;
    private const int Columns = 512; // NextTokenLoss says why

    private readonly Tensor _unembedding;
    private readonly Lazy<Tensor>[] _logits; // of two rows
    private readonly double _share;
    private readonly Range[] _groups;

    /// <summary>Allocates the memory.</summary>
    /// <param name="unembedding">E [V, d].</param>
    /// <param name="predicted">Predicted tokens of a row.</param>
    /// <param name="share">s: the weight of each token's loss in what is differentiated.</param>
    public LossGradient(Tensor unembedding, int predicted, double share)
    {
        using var off = no_grad();
        _unembedding = unembedding.detach().DetachFromDisposeScope();
        _share = share;
        _logits = [.. Enumerable.Range(0, 2).Select(_ => new Lazy<Tensor>(
            () => empty([predicted, unembedding.shape[0]], float32, unembedding.device).DetachFromDisposeScope()))];
        UnembeddingGradient = zeros([.. unembedding.shape], float32, unembedding.device).DetachFromDisposeScope();
        var pieces = (int)((unembedding.shape[0] + Columns - 1) / Columns);
        _groups = [.. Enumerable.Range(0, Groups).Select(group => (pieces * group / Groups)..(pieces * (group + 1) / Groups))];
    }

    /// <summary>The gradient of all rows so far with respect to E [V, d], float32.</summary>
    public Tensor UnembeddingGradient { get; }

    /// <summary>Adds rows.</summary>
    /// <param name="rows">All of one length.</param>
    /// <param name="run">Runs pieces of work that may run side by side.</param>
    /// <returns>The summed loss of each row.</returns>
    public double[] Add(IReadOnlyList<Row> rows, Action<IReadOnlyList<Action>> run)
    {
        if (rows[0].Normed.device.type == DeviceType.CPU && rows[0].Normed.dtype == ScalarType.Float32)
        {
            return AddInPieces(rows, run);
        }

        var losses = new double[rows.Count];
        for (var row = 0; row < rows.Count; row++)
        {
            var at = row;
            run([() => losses[at] = AddWhole(rows[at])]);
        }

        return losses;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _unembedding.Dispose();
        foreach (var logits in _logits.Where(logits => logits.IsValueCreated))
        {
            logits.Value.Dispose();
        }

        UnembeddingGradient.Dispose();
    }

    private double AddWhole(Row row)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var (x, next, logits) = (row.Normed.detach(), row.Next, _logits[0].Value);
        var isSingle = x.dtype == ScalarType.Float32;
        if (isSingle)
        {
            logits.addmm_(x, _unembedding.t(), 0, 1);
        }
        else
        {
            logits.copy_(x.mm(_unembedding.t()));
        }

        var target = tensor(next, [next.Length, 1]).to(x.device);
        logits.Accumulate(logits.amax([1], keepdim: true), -1);
        var nextLogits = logits.gather(1, target).sum(type: float64).item<double>();
        var sums = logits.exp_().sum(dim: 1, keepdim: true);
        var loss = sums.log().sum(type: float64).item<double>() - nextLogits;
        logits.mul_(sums.reciprocal().Scale(_share)); // s p
        logits.scatter_add_(1, target, full([next.Length, 1], -_share, dtype: float32, device: x.device));
        var error = isSingle ? logits : logits.to(x.dtype);
        row.Upstream.copy_(error.mm(_unembedding));
        if (isSingle)
        {
            UnembeddingGradient.addmm_(error.t(), x, 1, 1);
        }
        else
        {
            UnembeddingGradient.Accumulate(error.t().mm(x).to(float32), 1);
        }

        return loss;
    }

    // A row's second half runs beside the next one's first: no core waits for the last piece of each.
    private double[] AddInPieces(IReadOnlyList<Row> rows, Action<IReadOnlyList<Action>> run)
    {
        var losses = new double[rows.Count];
        RowParts[] parts = [.. rows.Select((row, at) => new RowParts(row, _logits[at % 2].Value))];
        try
        {
            for (var at = 0; at < rows.Count + 2; at++)
            {
                var pieces = new List<Action>();
                if (at > 0 && at <= rows.Count)
                {
                    var read = parts[at - 1];
                    losses[at - 1] = read.Finish(_share);
                    pieces.AddRange(Enumerable.Range(0, Groups).Select(group => new Action(() => GoBack(group, read))));
                }

                if (at < rows.Count)
                {
                    var next = parts[at];
                    pieces.AddRange(Enumerable.Range(0, Groups).Select(group => new Action(() => MakeLogits(group, next))));
                }

                if (at > 1)
                {
                    pieces.Add(parts[at - 2].AddUp);
                }

                run(pieces);
            }
        }
        finally
        {
            Array.ForEach(parts, row => row.Dispose());
        }

        return losses;
    }

    // The logits of a group of pieces, and their sums.
    private void MakeLogits(int group, RowParts row)
    {
        using var off = no_grad();
        foreach (var (start, count) in PiecesOf(group))
        {
            using var scope = NewDisposeScope();
            var logits = Piece(row.Logits, start, count);
            logits.addmm_(row.Normed, _unembedding.narrow(0, start, count).t(), 0, 1);
            row.Read(group, MemoryMarshal.Cast<byte, float>(logits.bytes));
        }
    }

    // A group's part of the gradient with respect to x; that with respect to E is added where it belongs.
    private void GoBack(int group, RowParts row)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var upstream = zeros([.. row.Normed.shape]).DetachFromDisposeScope();
        row.Upstreams[group] = upstream;
        foreach (var (start, count) in PiecesOf(group))
        {
            using var own = NewDisposeScope();
            var error = Piece(row.Logits, start, count);
            ToErrors(MemoryMarshal.Cast<byte, float>(error.bytes), row, start, (int)count, (float)_share);
            upstream.addmm_(error, _unembedding.narrow(0, start, count), 1, 1);
            UnembeddingGradient.narrow(0, start, count).addmm_(error.t(), row.Normed, 1, 1);
        }
    }

    // s (p − e_y) in the place of logits [rows, columns].
    [MethodImpl(Jit.FullyOptimized)]
    private static void ToErrors(Span<float> logits, RowParts parts, long start, int columns, float share)
    {
        var (next, largest, factors) = (parts.Next, parts.Largest, parts.Factors);
        for (var row = 0; row < next.Length; row++)
        {
            var own = logits.Slice(row * columns, columns);
            var vectors = MemoryMarshal.Cast<float, Vector256<float>>(own);
            var (shift, factor) = (Vector256.Create(largest[row]), Vector256.Create(factors[row]));
            for (var i = 0; i < vectors.Length; i++)
            {
                vectors[i] = Lane.Exp(vectors[i] - shift) * factor;
            }

            foreach (ref var value in own[(vectors.Length * Vector256<float>.Count)..])
            {
                value = (float)(Math.Exp((double)value - largest[row]) * factors[row]);
            }

            if (next[row] >= start && next[row] < start + columns)
            {
                own[(int)(next[row] - start)] -= share;
            }
        }
    }

    private IEnumerable<(long Start, long Count)> PiecesOf(int group)
    {
        for (var piece = _groups[group].Start.Value; piece < _groups[group].End.Value; piece++)
        {
            var start = (long)piece * Columns;
            yield return (start, Math.Min(Columns, _unembedding.shape[0] - start));
        }
    }

    // A piece's logits [predicted, count]: one after the other, each contiguous.
    private static Tensor Piece(Tensor logits, long start, long count)
    {
        var rows = logits.shape[0];
        return logits.view(-1).narrow(0, start * rows, rows * count).view(rows, count);
    }

    /// <summary>One row.</summary>
    /// <param name="Normed">x of each predicted token [predicted, d]; on the host contiguous.</param>
    /// <param name="Next">The tokens that follow.</param>
    /// <param name="Upstream">Where the gradient with respect to x goes [predicted, d], in its own numbers.</param>
    public sealed record Row(Tensor Normed, long[] Next, Tensor Upstream);

    // A row on its way: what its groups of pieces find.
    private sealed class RowParts(Row row, Tensor logits) : IDisposable
    {
        private readonly LogSums[] _sums = [.. Enumerable.Range(0, Groups).Select(_ => new LogSums(row.Next.Length))];

        public Tensor Normed => row.Normed;

        public long[] Next => row.Next;

        public Tensor Logits => logits;

        public float[] Largest { get; } = new float[row.Next.Length];

        public float[] Factors { get; } = new float[row.Next.Length];

        public Tensor?[] Upstreams { get; } = new Tensor?[Groups];

        // Groups read at the same time: each writes to its own sums alone.
        public void Read(int group, ReadOnlySpan<float> values) => _sums[group].Add(values);

        // The loss, once all groups have read; and what turns logits into errors.
        public double Finish(double share)
        {
            double loss = 0;
            using var flat = logits.view(-1);
            for (var at = 0; at < Next.Length; at++)
            {
                var largest = _sums.Max(group => group.LargestOf(at));
                var powers = _sums.Sum(group => group.PowersOf(at, largest));
                (Largest[at], Factors[at]) = (largest, (float)(share / powers));
                loss += largest + Math.Log(powers) - NextLogit(flat, at);
            }

            return loss;
        }

        // Pieces lie one after the other, each [predicted, columns].
        private float NextLogit(Tensor flat, int at)
        {
            var start = Next[at] / Columns * Columns;
            var columns = Math.Min(Columns, logits.shape[1] - start);
            using var logit = flat.narrow(0, (start * Next.Length) + (at * columns) + Next[at] - start, 1);
            return logit.item<float>();
        }

        public void AddUp()
        {
            using var off = no_grad();
            using var scope = NewDisposeScope();
            row.Upstream.copy_(Upstreams[0]!);
            foreach (var part in Upstreams[1..])
            {
                row.Upstream.Accumulate(part!, 1);
            }

            Dispose();
        }

        public void Dispose()
        {
            Array.ForEach(Upstreams, part => part?.Dispose());
            Array.Clear(Upstreams);
        }
    }
}
