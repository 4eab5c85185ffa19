namespace PythiaOrleans.Reporting.Plots;

/// <summary>The report's plots as pictures: the panels of all models side by side, blocks coloured by depth.</summary>
internal static class StaticPlots
{
    /// <summary>Whether this machine can write: without any font the pictures come out without a word.</summary>
    public static bool HaveFonts => SkiaSharp.SKFontManager.Default.FontFamilyCount > 0;

    /// <summary>
    /// One picture for every plot and component that has values, of frames the first, the middle and the last. Drawing them is left to the
    /// caller, who may draw several at a time.
    /// </summary>
    public static IEnumerable<(string Name, Func<byte[]> Draw)> Of(ReportPage page) =>
        from section in page.Sections
        from plot in section.Plots
        let kind = PlotKinds.Find(plot)
        where kind.HasPictures
        from shown in plot.Groups
        from frame in Frames(plot, shown)
        select (FileName(plot, shown, frame?.Step), new Func<byte[]>(() => kind.Draw(page, plot, shown, frame).Png()));

    /// <summary>What stands above a picture; without a group where it shows several.</summary>
    public static string Headline(ReportPlot plot, ReportGroup? group, int? step) =>
        $"{plot.Title}{(group is null ? "" : $": {ShortName(group.Name)}")}{(step is { } at ? $", step {at}" : "")}";

    // "residual_stream all" says no more than "residual_stream".
    private static string ShortName(string group) => group.EndsWith(" all", StringComparison.Ordinal) ? group[..^4] : group;

    // Of frames a start, a change and an end; a group without frames is one picture.
    private static IEnumerable<ReportFrame?> Frames(ReportPlot plot, ReportGroup group)
    {
        if (group.Frames is { } frames)
        {
            return new[] { frames[0], frames[frames.Count / 2], frames[^1] }.Distinct();
        }

        return group.Lines!.Any(line => PanelDrawing.HasValues(line, plot.Log)) ? new ReportFrame?[] { null } : [];
    }

    private static string FileName(ReportPlot plot, ReportGroup group, int? step) =>
        $"{plot.Id}-{group.Name.Replace(' ', '-')}{(step is { } at ? $"-step{at}" : "")}";
}
