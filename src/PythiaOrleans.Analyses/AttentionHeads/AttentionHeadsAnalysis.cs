using System.Globalization;
using PythiaOrleans.Analyses.Decompositions;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Analyses.Passes;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Analyses.AttentionHeads;

/// <summary>What does each attention head look at?</summary>
/// <remarks>
/// Attention to the first position, to the position before, to what followed the same token earlier (induction) and to earlier places of
/// the same token, on the batch and on random tokens that come twice; and what the head's weights do with tokens.
/// </remarks>
public sealed class AttentionHeadsAnalysis(AnalysisSettings settings) : PassAnalysis<AttentionHeadsAnalysis.Row>(settings)
{
    /// <summary>The component of rows that were measured on the batch.</summary>
    public const string OnBatch = "attention.batch";

    /// <summary>The component of rows that were measured on repeated random tokens.</summary>
    public const string OnRepeats = "attention.repeated";

    private const string Learnt = "A row that turns bright is a head that has learnt this.";

    // Reading one score: its exponential and the sums.
    private const double SecondsPerScore = 2e-9;

    /// <summary>One head.</summary>
    public sealed record Row(
        [property: Column("index of the block, from 0")] int? Block,
        [property: Column("attention.batch: on the batch; attention.repeated: on random tokens that come twice")] string Component,
        [property: Column("the head: head0 ...")] string Parameter,
        [property: Column("mean attention to the first position")] double Sink,
        [property: Column("mean attention to the position before")] double PreviousToken,
        [property: Column("mean attention to what followed the token where it stood before, over positions that have such a place")]
        double Induction,
        [property: Column("mean attention to earlier places of the same token, over positions that have one")] double DuplicateToken,
        [property: Column("mean entropy of the attention of positions after the first", Unit = "nats")] double Entropy,
        [property: Column("positions over which induction is the mean")] long Repeats,
        [property: Column("sum of eigenvalues over sum of their sizes, of unembedding · output · value · embedding; the same in both rows")]
        double OvCopying,
        [property: Column("the same of embedding · query · key · embedding: 1 where every token looks at itself")] double QkMatching);

    /// <inheritdoc />
    public override IDerivedColumns DerivedColumns { get; } = new HeadOnsets();

    /// <inheritdoc />
    protected override AnalysisDescription Describe() => new()
    {
        Name = "attention-heads",
        Version = 3, // of 2: exponentials had other last bits
        ByDefault = false,
        Order = 10,
        Title = "Attention heads",
        Question = "What does each attention head look at, and when did it learn to?",
        Reading = "Each row of cells is a head, each column a checkpoint. Induction heads appear together with a drop of the loss, after "
            + "heads that look at the token before.",
        Source = "Olsson et al. 2022 (induction heads), Gu et al. 2024 (attention sinks), Elhage et al. 2021 (copying)",
        Columns = [],
        Parameters = new Dictionary<string, string>(PassParameters, StringComparer.Ordinal)
        {
            ["repeated_rows"] = RepeatedTokens.Rows.ToString(CultureInfo.InvariantCulture),
            ["repeated_half"] = RepeatedTokens.MaxHalf.ToString(CultureInfo.InvariantCulture),
            ["repeated_seed"] = RepeatedTokens.Seed.ToString(CultureInfo.InvariantCulture),
        },
        Plots =
        [
            new(PlotKind.Heads, "induction", "Induction: attention to what followed the token before", "attention")
            {
                FirstGroup = OnRepeats,
                Reading = Learnt,
            },
            new(PlotKind.Heads, "previous_token", "Attention to the token before", "attention") { Reading = Learnt },
            new(PlotKind.Heads, "duplicate_token", "Attention to the same token", "attention")
            {
                FirstGroup = OnRepeats,
                Reading = Learnt,
            },
            new(PlotKind.Heads, "sink", "Attention to the first position", "attention")
            {
                Reading = "Where a row turns bright, the head rests more on the first position.",
            },
            new(PlotKind.Heads, "entropy", "Entropy of the attention", "nats")
            {
                Reading = "Where a row turns dark, the head has come to look at few positions.",
            },
            new(PlotKind.Heads, "ov_copying", "Copying by the weights of output and value", "score")
            {
                Reading = "Near 1 the head makes the token that it looks at more likely, near -1 less.",
            },
            new(PlotKind.Heads, "qk_matching", "Matching by the weights of query and key", "score")
            {
                Reading = "Near 1 tokens look at themselves through the head, near -1 at others.",
            },
        ],
    };

    /// <inheritdoc />
    /// <remarks>The pass with the repeated tokens, its scores, two products of the embedding, and eigenvalues of every head.</remarks>
    public override AnalysisWork Estimate(ModelShape shape, BatchSpec batch, long bytes)
    {
        ArgumentNullException.ThrowIfNull(shape);
        double d = shape.HiddenSize, heads = (double)shape.Blocks * shape.Heads, length = PassWork.Length(shape, batch);
        double half = Math.Min(RepeatedTokens.MaxHalf, shape.ContextLength / 2), further = RepeatedTokens.Rows * 2 * half;
        var pass = PassWork.Forward(shape, batch, hasLogits: false);
        var scores = heads * ((batch.Rows * length * length) + (further * 2 * half));
        return pass with
        {
            SingleFlops = (pass.PassFlops * (1 + (further / PassWork.Tokens(shape, batch)))) + (2 * scores * shape.HeadSize)
                + (4 * (double)shape.VocabularyRows * d * d),
            DoubleFlops = 4 * shape.Blocks * d * d * d,
            Decompositions = 2 * heads * DecompositionCost.Singular * Math.Pow(shape.HeadSize, 3),
            FixedSeconds = pass.PassSeconds + (scores / 2 * SecondsPerScore) + (2 * heads * DecompositionCost.SecondsEach),
        };
    }

    /// <inheritdoc />
    /// <remarks>The pass, and the scores of one row in one block; or the products of the embedding.</remarks>
    public override long DeviceBytes(ModelShape shape, BatchSpec batch, ComputeDevice device)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(batch);
        long length = PassWork.Length(shape, batch), d = shape.HiddenSize;
        var scores = 3 * sizeof(float) * shape.Heads * length * length;
        var products = sizeof(double) * 8 * d * d;
        return base.DeviceBytes(shape, batch, device) + (device.ThreadsOfOneSlot * (scores + products));
    }

    private protected override RowObserver<Row> CreateObserver(AnalysisInput input, long[][] batch) => new HeadObserver(input, batch);
}
