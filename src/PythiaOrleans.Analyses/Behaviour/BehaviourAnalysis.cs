using System.Globalization;
using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Analyses.Passes;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Analyses.Behaviour;

/// <summary>What does the model predict: like which n-grams, how sure, and how much better late in a text?</summary>
/// <remarks>On the logits of the batch's pass. The n-grams are those of the text that the batch is taken from.</remarks>
public sealed class BehaviourAnalysis(AnalysisSettings settings) : PassAnalysis<BehaviourAnalysis.Row>(settings)
{
    // Reading one logit: its exponential and the sums.
    private const double SecondsPerLogit = 1e-9;

    /// <summary>One checkpoint.</summary>
    public sealed record Row(
        [property: Column("empty: logits are of no block")] int? Block,
        [property: Column("logits")] string Component,
        [property: Column("batch")] string Parameter,
        [property: Column("predicted tokens")] int Predictions,
        [property: Column("mean next-token cross-entropy", Unit = "nats per token")] double Loss,
        [property: Column("mean entropy of the predictions", Unit = "nats per token")] double Entropy,
        [property: Column("mean of the largest probability")] double Confidence,
        [property: Column("share of tokens that had the largest probability")] double Accuracy,
        [property: Column("mean KL(model || unigrams of the text)", Unit = "nats per token")] double KlToUnigram,
        [property: Column("mean KL(model || bigrams)", Unit = "nats per token")] double KlToBigram,
        [property: Column("mean KL(model || trigrams)", Unit = "nats per token")] double KlToTrigram,
        [property: Column("mean KL(unigrams of the text || model)", Unit = "nats per token")] double KlFromUnigram,
        [property: Column("mean KL(bigrams || model)", Unit = "nats per token")] double KlFromBigram,
        [property: Column("mean KL(trigrams || model)", Unit = "nats per token")] double KlFromTrigram,
        [property: Column("n of the smallest of the three KL(model || n-grams)")] int NearestNgram,
        [property: Column("mean loss in the last tenth of positions minus that around the first tenth: negative where context helps",
            Unit = "nats per token")]
        double InContextScore,
        [property: Column("loss of the path from embedding over the final norm to unembedding, without any block", Unit = "nats per token")]
        double DirectPathLoss,
        [property: Column("loss on the tenth of tokens that are most frequent in the text", Unit = "nats per token")] double FrequentLoss,
        [property: Column("loss on the tenth that is rarest", Unit = "nats per token")] double RareLoss,
        [property: Column("loss on each tenth of tokens, the text's most frequent first", Unit = "nats per token")] double[] DecileLosses,
        [property: Column("of 256 evenly spread predictions, ln p of the text's 255 most frequent tokens and of all others together, "
            + "in half precision")]
        float[] KeptLogProbabilities);

    /// <inheritdoc />
    protected override AnalysisDescription Describe() => new()
    {
        Name = "behaviour",
        Version = 3, // of 2: sums over the vocabulary ran over wider pieces and have other last digits
        ByDefault = false,
        Order = 12,
        Title = "Behaviour",
        Question = "What does the model predict: like which n-grams, how sure, and how much better late in a text?",
        Source = "Belrose et al. 2024 (n-grams along training), Chang and Bergen 2022 (frequency), Olsson et al. 2022 (in-context score), "
            + "Basic facts about language models during training (Conjecture, 2023: the linear auto-encoder)",
        Columns = [],
        Parameters = new Dictionary<string, string>(PassParameters, StringComparer.Ordinal)
        {
            ["ngram_tokens"] = NgramModel.MaxTokens.ToString(CultureInfo.InvariantCulture),
            ["kept_outcomes"] = KeptPredictions.Outcomes.ToString(CultureInfo.InvariantCulture),
            ["direct_tokens"] = DirectPath.MaxTokens.ToString(CultureInfo.InvariantCulture),
        },
        Plots =
        [
            new(PlotKind.Series, "kl_to_unigram", "Distance of the predictions from unigrams", "nats per token"),
            new(PlotKind.Series, "kl_to_bigram", "Distance of the predictions from bigrams", "nats per token"),
            new(PlotKind.Series, "kl_to_trigram", "Distance of the predictions from trigrams", "nats per token"),
            new(PlotKind.Series, "entropy", "Entropy of the predictions", "nats per token"),
            new(PlotKind.Series, "confidence", "Largest probability, mean", "probability"),
            new(PlotKind.Series, "in_context_score", "Loss late minus early in a row", "nats per token"),
            new(PlotKind.Series, "direct_path_loss", "Loss without the blocks", "nats per token"),
            new(PlotKind.Series, "frequent_loss", "Loss on the most frequent tokens", "nats per token"),
            new(PlotKind.Series, "rare_loss", "Loss on the rarest tokens", "nats per token"),
        ],
    };

    /// <inheritdoc />
    /// <remarks>The pass, more sums over its logits, and some tokens' further product with the unembedding.</remarks>
    public override AnalysisWork Estimate(ModelShape shape, BatchSpec batch, long bytes)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var tokens = PassWork.Tokens(shape, batch);
        var direct = 2 * Math.Min(tokens, DirectPath.MaxTokens) * shape.VocabularyRows * shape.HiddenSize;
        var pass = PassWork.Forward(shape, batch);
        return pass with
        {
            SingleFlops = pass.PassFlops + direct,
            FixedSeconds = pass.PassSeconds + (tokens * shape.VocabularyRows * SecondsPerLogit),
        };
    }

    private protected override RowObserver<Row> CreateObserver(AnalysisInput input, long[][] batch) => new BehaviourObserver(
        batch, NgramModel.For(Batch.IdsFor(input.Checkpoint), input.Checkpoint.Shape.VocabularyRows));
}
