using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Analyses.Passes;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Analyses.StreamControls;

/// <summary>
/// Does the model need its largest channel, are outliers of the stream a matter of the basis, and which blocks are a table of tokens?
/// </summary>
/// <remarks>
/// Three controls of what is said about the residual stream. Held channels: the loss where one channel of the stream is held at its mean
/// over the batch, after the embedding and after every block, beside the same with a channel drawn at random in each row. Rotation:
/// kurtosis and largest value of the stream, as it is and after <see cref="RandomRotation"/>. Table: how much of what a block adds
/// follows from the token at the position, by <see cref="TokenLookup"/>.
/// </remarks>
public sealed class StreamControlsAnalysis(AnalysisSettings settings) : PassAnalysis<StreamControlsAnalysis.Row>(settings)
{
    private const int Passes = 3;

    // Means of tokens and distances from them, forth and back.
    private const double SecondsPerValue = 10e-9;

    /// <summary>One place of the stream, or the whole model.</summary>
    public sealed record Row(
        [property: Column("index of the block after which the stream was looked at; empty elsewhere")] int? Block,
        [property: Column("embed_in, residual_stream or final_layer_norm: a place of the stream; logits: the whole model")]
        string Component,
        [property: Column("inner: every position but the first of each row; batch: all of them")] string Parameter)
    {
        /// <summary>Of the stream as it is.</summary>
        [Column("excess kurtosis of the stream's values")]
        public double? ExcessKurtosis { get; init; }

        /// <summary>Of the rotated stream.</summary>
        [Column("the same after a rotation of the channels that spreads each over all")]
        public double? RotatedExcessKurtosis { get; init; }

        /// <summary>Of the stream as it is.</summary>
        [Column("largest |x| over the root mean square")]
        public double? LargestOverRms { get; init; }

        /// <summary>Of the rotated stream.</summary>
        [Column("the same after the rotation")]
        public double? RotatedLargestOverRms { get; init; }

        /// <summary>R² of a table by token.</summary>
        [Column("share of what the block's MLP adds that follows from the token, by the other half of the positions; empty where it is "
            + "not shown")]
        public double? MlpLookup { get; init; }

        /// <summary>The same of all that the block adds.</summary>
        [Column("share of all that the block adds that follows from the token")]
        public double? UpdateLookup { get; init; }

        /// <summary>What the shares are of.</summary>
        [Column("positions whose token the other half has too")]
        public int? LookupPositions { get; init; }

        /// <summary>From 0.</summary>
        [Column("channel that holds the largest |x| before the final norm, from 0")]
        public int? LargestChannel { get; init; }

        /// <summary>On the batch.</summary>
        [Column("mean next-token cross-entropy on the batch", Unit = "nats per token")]
        public double? Loss { get; init; }

        /// <summary>With the largest channel held.</summary>
        [Column("loss where the largest channel is held at its mean after the embedding and every block", Unit = "nats per token")]
        public double? HeldLoss { get; init; }

        /// <summary>What holding it costs.</summary>
        [Column("held_loss minus loss", Unit = "nats per token")]
        public double? HeldRise { get; init; }

        /// <summary>What holding another costs.</summary>
        [Column("the same with a channel drawn at random, another one in each row of the batch, mean", Unit = "nats per token")]
        public double? ControlRise { get; init; }

        /// <summary>The dearest of them.</summary>
        [Column("the largest of these rises", Unit = "nats per token")]
        public double? ControlRiseMax { get; init; }
    }

    /// <inheritdoc />
    protected override AnalysisDescription Describe() => new()
    {
        Name = "stream-controls",
        Version = 2, // of 1: the loss was summed over wider pieces of the vocabulary and has other last digits
        ByDefault = false,
        Order = 14,
        Title = "Controls of the residual stream",
        Question = "Does the model need its largest channel, are outliers a matter of the basis, and which blocks are a table of tokens?",
        Reading = "Outliers that a rotation removes belong to single channels. A share near 1 means that a block adds what a table by "
            + "token could add; in models whose MLP reads the stream beside the attention it is 1 in block 0 by construction. A loss that "
            + "rises more without the largest channel than without any other says that the model uses it.",
        Source = "Basic facts about language models during training (Conjecture, 2023): outliers, and block 0 as an extension of the "
            + "embedding",
        Columns = [],
        Parameters = PassParameters,
        Plots =
        [
            Stream("excess_kurtosis", "Excess kurtosis of the stream", "excess kurtosis"),
            Stream("rotated_excess_kurtosis", "Excess kurtosis of the rotated stream", "excess kurtosis"),
            Stream("mlp_lookup", "What the MLP adds, by a table of tokens", "R²"),
            Stream("update_lookup", "What the block adds, by a table of tokens", "R²"),
            Model("held_rise", "Loss without the largest channel, minus loss"),
            Model("control_rise", "Loss without another channel, minus loss"),
        ],
    };

    /// <inheritdoc />
    /// <remarks>The pass, two more with held channels, the transform of the stream, and the tables.</remarks>
    public override AnalysisWork Estimate(ModelShape shape, BatchSpec batch, long bytes)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var pass = PassWork.Forward(shape, batch);
        double values = PassWork.Tokens(shape, batch) * shape.HiddenSize * (shape.Blocks + 2);
        return pass with
        {
            Bytes = Passes * pass.Bytes,
            SingleFlops = (Passes * pass.PassFlops) + (values * 5 * Math.Log2(shape.HiddenSize)),
            FixedSeconds = (Passes * pass.PassSeconds) + (values * SecondsPerValue),
        };
    }

    /// <inheritdoc />
    /// <remarks>
    /// The pass, the stream before a block, what two blocks added to it, and what one place of it needs: its transform in complex numbers,
    /// its powers in float64.
    /// </remarks>
    public override long DeviceBytes(ModelShape shape, BatchSpec batch, ComputeDevice device)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(batch);
        const int copies = (7 * sizeof(float)) + (3 * sizeof(double));
        return base.DeviceBytes(shape, batch, device) + (long)(copies * PassWork.Tokens(shape, batch) * shape.HiddenSize);
    }

    private protected override RowObserver<Row> CreateObserver(AnalysisInput input, long[][] batch) =>
        new StreamControlsObserver(input, Precision, batch);

    private static PlotDeclaration Stream(string column, string title, string axis) =>
        new(PlotKind.Series, column, title, axis) { FirstGroup = "residual_stream inner" };

    private static PlotDeclaration Model(string column, string title) =>
        new(PlotKind.Series, column, title, "nats per token") { FirstGroup = "logits batch" };
}
