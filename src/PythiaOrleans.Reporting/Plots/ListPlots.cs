using PythiaOrleans.Core.Descriptions;

namespace PythiaOrleans.Reporting.Plots;

/// <summary>The plots of an analysis: those that it declares, and those that its list columns are good for.</summary>
internal static class ListPlots
{
    private static readonly PlotDeclaration[] Known =
    [
        new(PlotKind.Spectrum, "singular_values", "Singular values by rank", "singular value", Logarithmic: true),
        new(PlotKind.HeatMap, "correlations", "Correlations of tokens", "correlation"),
        new(PlotKind.Tokens, "tokens", "Tokens of the leading directions", "tokens"),
        new(PlotKind.Quantiles, "quantiles", "Quantiles against the Gaussian's", "value (standard deviations)"),
    ];

    /// <summary>Declared ones first; a column that is declared is not added again, and directions are read as tokens, not as spectra.</summary>
    public static IReadOnlyList<PlotDeclaration> Gather(AnalysisDescription analysis)
    {
        var lists = analysis.Columns.Where(column => column.IsList).Select(column => column.Name).ToHashSet();
        return
        [
            .. analysis.Plots,
            .. Known.Where(plot => lists.Contains(plot.Column) && analysis.Plots.All(declared => declared.Column != plot.Column)
                && !(plot.Kind == PlotKind.Spectrum && lists.Contains("tokens"))),
        ];
    }
}
