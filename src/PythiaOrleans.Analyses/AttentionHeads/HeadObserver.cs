using System.Runtime.InteropServices;
using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Analyses.Passes;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.AttentionHeads;

/// <summary>Sums what every head looks at, on the batch and on repeated random tokens.</summary>
/// <param name="input">What the task computes on.</param>
/// <param name="batch">The tokens [row][position].</param>
internal sealed class HeadObserver(AnalysisInput input, long[][] batch) : RowObserver<AttentionHeadsAnalysis.Row>
{
    private const int QueriesAtATime = 128;

    private readonly Occurrences[] _batch = Array.ConvertAll(batch, row => new Occurrences(row));
    private readonly Occurrences[] _repeated = Array.ConvertAll(RepeatedOf(input), row => new Occurrences(row));

    // By block, set and row, one for each head: rows are summed in their order at the end.
    private readonly Dictionary<(int Block, bool IsRepeated, int Row), HeadSums[]> _sums = [];

    /// <inheritdoc />
    public override long[][] FurtherRows { get; } = RepeatedOf(input);

    /// <inheritdoc />
    public override bool ReadsAttention => true;

    /// <inheritdoc />
    public override void OnAttention(int block, PassPart part, AttentionInputs attention)
    {
        var rows = part.IsFurther ? _repeated : _batch;
        for (var row = 0; row < part.Tokens.Rows.Length; row++)
        {
            var sums = SumHeads(attention, row, rows[part.FirstRow + row]);
            lock (_sums)
            {
                _sums[(block, part.IsFurther, part.FirstRow + row)] = sums;
            }
        }
    }

    /// <inheritdoc />
    public override IEnumerable<AttentionHeadsAnalysis.Row> Rows(CancellationToken cancellationToken)
    {
        var shape = input.Checkpoint.Shape;
        if (_sums.Count == 0)
        {
            throw new NotSupportedException(
                $"model_type '{shape.ModelType}': expected a forward pass that shows its attention, found one that does not. "
                + "Let it implement Block(x, block, readers), or leave attention-heads out with --analyses.");
        }

        var copying = CopyingScores.Compute(input, cancellationToken);
        return
            from block in Enumerable.Range(0, shape.Blocks)
            from set in new[] { (IsRepeated: false, _batch.Length), (IsRepeated: true, _repeated.Length) }
            where set.Length > 0
            from head in Enumerable.Range(0, shape.Heads)
            select ToRow(block, set.IsRepeated, head, copying[block]);
    }

    private static long[][] RepeatedOf(AnalysisInput input) => RepeatedTokens.Create(
        Math.Min(input.Model.TokenCount, input.Checkpoint.Shape.VocabularyRows), input.Checkpoint.Shape.ContextLength);

    // Some queries at a time: their scores stay in a core's cache, and the keys after them are left out.
    private static HeadSums[] SumHeads(AttentionInputs attention, int at, Occurrences row)
    {
        var sums = new HeadSums[(int)attention.Queries.shape[1]];
        for (var head = 0; head < sums.Length; head++)
        {
            sums[head] = new HeadSums();
        }

        var length = (int)attention.Queries.shape[2];
        for (var first = 0; first < length; first += QueriesAtATime)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(QueriesAtATime, length - first);
            var scores = attention.Scores(at, first, count).cpu(); // [head, query, key]
            var values = MemoryMarshal.Cast<byte, float>(scores.bytes);
            var size = values.Length / sums.Length;
            for (var head = 0; head < sums.Length; head++)
            {
                sums[head].Add(values.Slice(head * size, size), first, count, row, attention.Window);
            }
        }

        return sums;
    }

    private AttentionHeadsAnalysis.Row ToRow(int block, bool isRepeated, int head, CopyingScores copying)
    {
        var sums = new HeadSums();
        for (var row = 0; row < (isRepeated ? _repeated : _batch).Length; row++)
        {
            sums.Add(_sums[(block, isRepeated, row)][head]);
        }

        return new AttentionHeadsAnalysis.Row(
            block, isRepeated ? AttentionHeadsAnalysis.OnRepeats : AttentionHeadsAnalysis.OnBatch, $"head{head}",
            sums.Sink, sums.PreviousToken, sums.Induction, sums.DuplicateToken, sums.Entropy, sums.Repeats,
            copying.OutputValue[head], copying.QueryKey[head]);
    }
}
