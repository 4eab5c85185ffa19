using PythiaOrleans.Core.Descriptions;

namespace PythiaOrleans.Reporting.Plots;

/// <summary>Every kind of plot, found by its type.</summary>
internal static class PlotKinds
{
    /// <summary>All kinds, in the order of their names.</summary>
    public static IReadOnlyList<IPlotKind> All { get; } =
    [
        .. typeof(IPlotKind).Assembly.GetTypes()
            .Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IPlotKind)))
            .Select(type => (IPlotKind)Activator.CreateInstance(type)!)
            .OrderBy(kind => kind.Name, StringComparer.Ordinal),
    ];

    /// <summary>The kind of a gathered plot.</summary>
    public static IPlotKind Find(ReportPlot plot) => All.First(kind => kind.Name == plot.Kind);

    /// <summary>The kind that a declaration names.</summary>
    /// <exception cref="ArgumentException">There is none of that name; the message lists those that are.</exception>
    public static IPlotKind Find(AnalysisDescription analysis, PlotDeclaration plot) =>
        All.FirstOrDefault(kind => kind.Name == plot.Kind.Name)
        ?? throw new ArgumentException(
            $"Analysis '{analysis.Name}', plot of '{plot.Column}': expected one of the kinds "
            + $"{string.Join(", ", All.Select(kind => kind.Name))}, found '{plot.Kind}'.");
}
