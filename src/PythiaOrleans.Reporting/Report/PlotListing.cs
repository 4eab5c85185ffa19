namespace PythiaOrleans.Reporting.Report;

/// <summary>A plot that can be drawn.</summary>
/// <param name="Plot">Its name.</param>
/// <param name="Title">What it shows.</param>
/// <param name="Groups">Components with their parameter.</param>
/// <param name="CanMove">Whether it shows one step, so that it can be animated along training.</param>
public sealed record PlotListing(string Plot, string Title, IReadOnlyList<string> Groups, bool CanMove);
