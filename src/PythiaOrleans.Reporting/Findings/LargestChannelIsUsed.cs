using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>What it costs at the end to hold the stream's largest channel at its mean, beside other channels drawn at random.</summary>
internal sealed class LargestChannelIsUsed : IFinding
{
    private const double FarMore = 10;

    // A rise that small is that of a channel that hardly matters.
    private const double Floor = 0.01;

    private static readonly Measure Held = Of("loss without the largest channel minus loss (nats per token)", "held_rise");
    private static readonly Measure Control = Of("the same without the dearest of other channels (nats per token)", "control_rise_max");

    /// <inheritdoc />
    public string Id => "largest-channel-is-used";

    /// <inheritdoc />
    public string Claim => "the model uses the residual stream's largest channel: without it the loss rises far more than without another";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Held, Control];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series) =>
        from model in series.Models
        from held in Held.Curves(series, model)
        from control in Control.Curves(series, model)
        let other = Math.Max(control.Last, Floor)
        select Held.Says(
            "", model, "",
            $"rise of the loss at the end without the largest channel, over that without the dearest of others or {Floor:0.##}",
            held.Last / other, $"at least {FarMore:0}", held.Last >= FarMore * other).And(Control);

    private static Measure Of(string name, string column) =>
        new(name, new SeriesColumn("stream-controls", column, "logits") { Parameter = "batch", Rows = SeriesRows.Whole });
}
