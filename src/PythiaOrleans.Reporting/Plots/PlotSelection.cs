using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Reporting.Plots;

/// <summary>Which part of a plot is drawn.</summary>
public sealed record PlotSelection
{
    /// <summary>Components, with or without the parameter: <c>mlp.dense_h_to_4h</c>; null takes the one that the report shows
    /// first.</summary>
    public IReadOnlyList<string>? Components { get; init; }

    /// <summary>Models; null takes all.</summary>
    public IReadOnlyList<string>? Models { get; init; }

    /// <summary>Blocks; null takes all. What is in no block is always drawn.</summary>
    public IReadOnlyList<int>? Blocks { get; init; }

    /// <summary>Whether the y axis is logarithmic; null leaves it to the plot.</summary>
    public bool? IsLogarithmic { get; init; }

    /// <summary>Of a series: what it is drawn over.</summary>
    public TrainingAxis Axis { get; init; }

    /// <summary>The page with the chosen models alone.</summary>
    /// <exception cref="ArgumentException">There is no such model; the message says which there are.</exception>
    internal ReportPage Select(ReportPage page)
    {
        var names = page.Models.Select(model => model.Name).ToArray();
        var unknown = Models?.Except(names).FirstOrDefault();
        return unknown is not null
            ? throw new ArgumentException($"Sweep '{page.Sweep}' has no model '{unknown}': {Suggestion.Among(unknown, names)}")
            : page with { Axis = Axis, Models = [.. page.Models.Where(model => Models?.Contains(model.Name) ?? true)] };
    }

    /// <summary>The groups that are drawn, with the lines of the chosen models and blocks.</summary>
    /// <param name="page">The page with all models.</param>
    /// <param name="plot">The plot.</param>
    /// <exception cref="ArgumentException">The plot shows no such component or block; the message says which there are.</exception>
    internal IReadOnlyList<ReportGroup> Groups(ReportPage page, ReportPlot plot)
    {
        var chosen = Components is null ? [plot.Groups[plot.First]] : Components.Select(component => Find(plot, component)).ToArray();
        var places = page.Models.Select((model, index) => (model.Name, index)).Where(pair => Models?.Contains(pair.Name) ?? true)
            .Select((pair, place) => (pair.index, place)).ToDictionary(pair => pair.index, pair => pair.place);
        ReportGroup[] groups =
        [
            .. chosen.Select(group => group with
            {
                Lines = group.Lines is { } lines ? Lines(lines, places) : null,
                Frames = group.Frames is { } frames
                    ? [.. frames.Select(frame => frame with { Lines = Lines(frame.Lines, places) })] : null,
            }),
        ];
        if (groups.Any(group => group.Lines?.Count > 0 || group.Frames?.Any(frame => frame.Lines.Count > 0) == true))
        {
            return groups;
        }

        var models = Models is null ? "any model" : string.Join(", ", Models);
        var blocks = Blocks is null ? "" : $", blocks {string.Join(", ", Blocks)}";
        throw new ArgumentException(
            $"Plot '{plot.Id}' has no values of {string.Join(", ", groups.Select(group => group.Name))} for {models}{blocks}: "
                + $"it has blocks {string.Join(", ", BlocksOf(chosen))}.");
    }

    private static ReportGroup Find(ReportPlot plot, string component)
    {
        var group = plot.Groups.FirstOrDefault(known => known.Name == component)
            ?? plot.Groups.FirstOrDefault(known => known.Name.StartsWith($"{component} ", StringComparison.Ordinal));
        return group ?? throw new ArgumentException(
            $"Plot '{plot.Id}' does not show '{component}': {Suggestion.Among(component, [.. plot.Groups.Select(known => known.Name)])}");
    }

    private ReportLine[] Lines(IReadOnlyList<ReportLine> lines, Dictionary<int, int> places) =>
    [
        .. lines.Where(line => places.ContainsKey(line.Model) && (Blocks is null || line.Block is not { } block || Blocks.Contains(block)))
            .Select(line => line with { Model = places[line.Model] }),
    ];

    private static IEnumerable<int> BlocksOf(IEnumerable<ReportGroup> groups) => groups
        .SelectMany(group => group.Lines ?? [.. group.Frames!.SelectMany(frame => frame.Lines)])
        .Select(line => line.Block).OfType<int>().Distinct().Order();
}
