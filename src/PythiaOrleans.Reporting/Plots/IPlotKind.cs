using PythiaOrleans.Core.Descriptions;

namespace PythiaOrleans.Reporting.Plots;

/// <summary>One kind of plot: what it takes from the results, how it becomes a picture, and which script draws it on the report's
/// page.</summary>
/// <remarks>
/// A new kind is two files: a class in this folder, found by its type, and the script that it names in <c>Report/Assets</c>. Nothing else
/// knows the kind.
/// </remarks>
internal interface IPlotKind
{
    /// <summary>The name in <see cref="PlotDeclaration.Kind"/>, in lower case.</summary>
    string Name { get; }

    /// <summary>The script in <c>Report/Assets</c>: it puts what is special about the kind into <c>kinds</c>, under <see
    /// cref="Name"/>.</summary>
    string Script => $"{Name}.js";

    /// <summary>Whether the kind can be a picture; others are on the page only.</summary>
    bool HasPictures => true;

    /// <summary>Gathers what a declared plot shows.</summary>
    /// <param name="source">The sweep's results.</param>
    /// <param name="plot">The declaration, one of the analysis's.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="ArgumentException">The declaration lacks what the kind needs; the message says what.</exception>
    Task<ReportPlot> GatherAsync(PlotSource source, PlotDeclaration plot, CancellationToken cancellationToken);

    /// <summary>Draws one group as panels, models side by side.</summary>
    /// <param name="page">Names, blocks and steps of the models.</param>
    /// <param name="plot">What <see cref="GatherAsync"/> gave.</param>
    /// <param name="group">One of its groups.</param>
    /// <param name="frame">One of the group's frames; null where it has none.</param>
    /// <exception cref="NotSupportedException">The kind has no pictures.</exception>
    PanelGrid Draw(ReportPage page, ReportPlot plot, ReportGroup group, ReportFrame? frame);
}
