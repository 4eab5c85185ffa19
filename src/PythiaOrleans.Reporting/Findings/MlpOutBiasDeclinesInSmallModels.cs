using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>What is left of the largest bias norm at the end, by model size.</summary>
internal sealed class MlpOutBiasDeclinesInSmallModels : IFinding
{
    private static readonly Measure Norm = new(
        "norm of the bias", new SeriesColumn("weight-moments", "norm", Components.MlpOut) { Parameter = "bias" });

    /// <inheritdoc />
    public string Id => "mlp-out-bias-declines-in-small-models";

    /// <inheritdoc />
    public string Claim => "the biases of the MLP's second matrix decline a little at the end in small models only";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Norm];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        var left = series.Models.Select(model => (Model: model, Blocks: Norm.Curves(series, model))).Where(pair => pair.Blocks.Count > 0)
            .Select(pair => (pair.Model, pair.Blocks.MedianFinalOverPeak())).ToArray();
        return Scale.Judge(Norm, "", Components.MlpOut, "last bias norm over largest, median over blocks", left)
            .Concat(Scale.JudgeDecline(Norm, "", Components.MlpOut, left));
    }
}
