using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Analyses.Passes;
using PythiaOrleans.Checkpoints.Families;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Behaviour;

/// <summary>Reads the logits of every row as they pass.</summary>
/// <param name="batch">The tokens [row][position].</param>
/// <param name="ngrams">The text that predictions are compared with.</param>
internal sealed class BehaviourObserver(long[][] batch, NgramModel ngrams) : RowObserver<BehaviourAnalysis.Row>
{
    private const int Deciles = 10;

    private readonly RowPredictions[] _rows = Follow(batch, ngrams);
    private readonly DirectPath _direct = new(batch);

    /// <inheritdoc />
    public override bool ReadsLogits => true;

    /// <inheritdoc />
    public override double OnLogits(PassPart part, int row, int position, long start, ReadOnlySpan<float> logits, float largest) =>
        _rows[part.FirstRow + row].Add(position, start, logits, largest);

    /// <inheritdoc />
    public override IEnumerable<Action> OnLogitsEnd(IForwardPass model, Func<WeightName, Tensor> weights) => _direct.Pieces(model, weights);

    /// <inheritdoc />
    public override IEnumerable<BehaviourAnalysis.Row> Rows(CancellationToken cancellationToken)
    {
        TokenPrediction[] all = [.. _rows.SelectMany(row => row.Finish())];
        double[] to = Means(prediction => prediction.To), from = Means(prediction => prediction.From);
        var deciles = DecileLosses(all);
        yield return new BehaviourAnalysis.Row(
            null, "logits", "batch", all.Length, all.Average(one => one.Loss), all.Average(one => one.Entropy),
            all.Average(one => one.Confidence), all.Average(one => one.IsHit ? 1.0 : 0), to[0], to[1], to[2], from[0], from[1], from[2],
            Array.IndexOf(to, to.Min()) + 1, InContextScore(all), _direct.Loss, deciles[0], deciles[^1], deciles,
            [.. all.SelectMany(one => one.Kept)]);

        double[] Means(Func<TokenPrediction, double[]> measure) =>
            [.. Enumerable.Range(0, 3).Select(n => all.Average(one => measure(one)[n]))];
    }

    private static RowPredictions[] Follow(long[][] batch, NgramModel ngrams)
    {
        var kept = new KeptPredictions(ngrams, batch.Length, batch[0].Length - 1);
        return
        [
            .. batch.Select((row, index) => new RowPredictions(
                row, ngrams, position => kept.IsKept(index, position) ? kept.Tokens : null)),
        ];
    }

    // The text's most frequent tokens first; equally many predictions in each tenth.
    private double[] DecileLosses(TokenPrediction[] all)
    {
        TokenPrediction[] byFrequency = [.. all.OrderByDescending(one => ngrams.Count(one.Token)).ThenBy(one => one.Token)];
        return
        [
            .. Enumerable.Range(0, Deciles).Select(decile =>
            {
                int first = decile * all.Length / Deciles, end = (decile + 1) * all.Length / Deciles;
                return first < end ? byFrequency[first..end].Average(one => one.Loss) : double.NaN;
            }),
        ];
    }

    // Olsson et al. take one token early and one late, the 50th and the 500th of 512; windows around such places have less noise.
    private double InContextScore(TokenPrediction[] all)
    {
        double length = batch[0].Length - 1;
        return Mean(0.9, 1) - Mean(0.05, 0.15);

        double Mean(double first, double end) => all
            .Where(one => one.Position >= first * length && one.Position < end * length)
            .Select(one => one.Loss)
            .DefaultIfEmpty(double.NaN)
            .Average();
    }
}
