using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Findings;

namespace PythiaOrleans.Reporting.NullModels;

/// <summary>The columns that findings read, with the range of their values in real sweeps.</summary>
internal static class NullColumns
{
    private static readonly NullPart[] Weights = [.. Matrices.Ungated
        .Select(component => new NullPart(component, "weight", SeriesRows.Blocks))];

    /// <summary>By the analysis's name.</summary>
    public static IReadOnlyDictionary<string, NullAnalysis> Analyses { get; } = new Dictionary<string, NullAnalysis>
    {
        ["weight-moments"] = new(
            [
                .. Weights,
                .. new[] { Components.AttentionDense, Components.MlpIn, Components.MlpOut, Components.InputLayerNorm,
                    Components.PostAttentionLayerNorm }
                    .Select(component => new NullPart(component, "bias", SeriesRows.Blocks)),
                .. Matrices.BlockNorms.Select(component => new NullPart(component, "weight", SeriesRows.Blocks)),
                .. new[] { Components.EmbedIn, Components.EmbedOut, Components.FinalLayerNorm }
                    .Select(component => new NullPart(component, "weight", SeriesRows.Whole)),
            ],
            [new("norm", 5, 50), new("std", 0.01, 0.1), new("max_abs", 0.1, 2), new("excess_kurtosis", 0, 5)]),
        ["weight-distance"] = new(Weights, [new("distance", 1, 50), new("relative_distance", 0.1, 5)]),
        ["weight-distribution"] = new(
            Weights,
            [
                new("logistic_minus_gaussian", -0.02, 0.02), new("tail_ks", 0.005, 0.1), new("tail_count", 50, 10_000),
                new("gaussian_ks", 0, 0.1), new("logistic_ks", 0, 0.1), new("laplace_ks", 0, 0.1), new("student_ks", 0, 0.05),
                new("generalised_normal_ks", 0, 0.05),
            ]),
        ["weight-spectrum"] = new(
            Weights,
            [
                new("marchenko_pastur_ks", 0, 0.5), new("top_gap", 1, 3), new("condition_number", 10, 1000),
                new("power_law_count", 10, 300),
                new("power_law_ks", 0.02, 0.2), new("power_law_vs_lognormal", -3, 3), new("power_law_vs_lognormal_p", 0, 1),
                new("power_law_vs_exponential", -3, 3), new("power_law_vs_exponential_p", 0, 1),
            ]),
        ["residual-stream"] = new(
            [new(Matrices.ResidualStream, "all", SeriesRows.Blocks)],
            [
                new("max_abs", 1, 100), new("std", 0.5, 5), new("logistic_minus_gaussian", -0.05, 0.05), new("loss", 2, 10),
                new("count", 1e6, 1e6), new("student_freedom", 2.5, 30),
            ]),
        ["weight-gradients"] = new(
            Weights,
            [new("norm", 0.01, 1), new("logistic_minus_gaussian", -0.05, 0.05), new("max_abs", 0.001, 0.1), new("std", 1e-4, 1e-2)]),
        ["embedding-correlation"] = new([new(Components.EmbedIn, "first", SeriesRows.Whole)], [new("structure", -0.05, 0.4)]),
        ["svd-directions"] = new(
            [
                .. Matrices.UngatedMlp.Select(component => new NullPart(component, "weight", SeriesRows.Blocks)),
                new(Matrices.OutputValue, "head0", SeriesRows.Blocks),
            ],
            [new("overlap", 0, 1), new("coherence", -0.02, 0.4), new("previous_overlap", 0, 1)]),
        // Last, so that what is drawn for the others stays.
        ["evaluation"] = new(
            [new("lambada_openai", "acc", SeriesRows.Whole)], [new("score", 0.1, 0.7), new("standard_error", 0.005, 0.007)]),
        ["attention-heads"] = new(
            [.. Enumerable.Range(0, 4).Select(head => new NullPart("attention.repeated", $"head{head}", SeriesRows.Blocks))],
            [new("induction", 0, 1)]),
        ["behaviour"] = new(
            [new("logits", "batch", SeriesRows.Whole)],
            [new("loss", 2, 10), new("direct_path_loss", 2, 10), new("in_context_score", -0.6, 0.1)]),
        ["stream-controls"] = new(
            [new(Matrices.ResidualStream, "inner", SeriesRows.Blocks), new("logits", "batch", SeriesRows.Whole)],
            [
                new("excess_kurtosis", 0, 100), new("rotated_excess_kurtosis", 0, 100), new("largest_over_rms", 5, 100),
                new("rotated_largest_over_rms", 5, 100), new("mlp_lookup", -0.1, 1), new("held_rise", -0.02, 0.2),
                new("control_rise_max", -0.02, 0.2),
            ]),
    };
}
