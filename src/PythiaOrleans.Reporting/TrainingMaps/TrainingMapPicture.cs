using System.Globalization;
using System.Net;
using System.Text;

namespace PythiaOrleans.Reporting.TrainingMaps;

/// <summary>A training map as SVG: a row for each run, a cell for each checkpoint, a colour for each state.</summary>
public static class TrainingMapPicture
{
    private const int NameWidth = 220;
    private const int Width = 900;
    private const int RowHeight = 22;
    private const int Top = 50;

    // Okabe and Ito's palette: told apart with any colour vision.
    private static readonly string[] Colors = ["#0072B2", "#56B4E9", "#009E73", "#E69F00", "#D55E00", "#CC79A7", "#999999", "#000000"];

    /// <summary>Draws the map.</summary>
    public static string Draw(TrainingMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        var off = map.Departures.Select(departure => departure.Run).ToHashSet();
        var svg = new StringBuilder();
        var height = Top + (RowHeight * (map.Paths.Count + map.Edges.Count + 2)) + 20;
        svg.Append(CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{NameWidth + Width + 20}\" height=\"{height}\" ")
            .Append("font-family=\"DejaVu Sans, sans-serif\" font-size=\"12\"><rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        Text(svg, 12, 26, $"Training map: {map.States} states from {map.Features.Count} features", "font-size=\"17\" font-weight=\"bold\"");
        var row = 0;
        foreach (var (run, path) in map.Paths)
        {
            var y = Top + (RowHeight * row++);
            Text(svg, 12, y + 14, run, off.Contains(run) ? "font-weight=\"bold\"" : "");
            for (var i = 0; i < path.Count; i++)
            {
                var (left, right) = (NameWidth + (Width * i / path.Count), NameWidth + (Width * (i + 1) / path.Count));
                svg.Append(CultureInfo.InvariantCulture,
                    $"<rect x=\"{left}\" y=\"{y}\" width=\"{right - left}\" height=\"{RowHeight - 4}\" fill=\"{Colors[path[i]]}\">")
                    .Append(CultureInfo.InvariantCulture, $"<title>step {map.Steps[run][i]}: state {path[i]}</title></rect>\n");
            }
        }

        var below = Top + (RowHeight * (row + 1));
        foreach (var edge in map.Edges)
        {
            Swatch(svg, 12, below, edge.From);
            Swatch(svg, 60, below, edge.To);
            Text(svg, 38, below + 12, "→", "");
            Text(svg, 90, below + 12, Describe(edge), "");
            below += RowHeight;
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static string Describe(MapEdge edge)
    {
        var changes = edge.Changes.Select(change => string.Create(
            CultureInfo.InvariantCulture, $"{change.Feature} {change.Change:+0.0;-0.0}"));
        return string.Create(
            CultureInfo.InvariantCulture, $"{edge.Runs} {(edge.Runs == 1 ? "run" : "runs")}: {string.Join(", ", changes)}");
    }

    private static void Swatch(StringBuilder svg, int x, int y, int state) => svg.Append(
        CultureInfo.InvariantCulture, $"<rect x=\"{x}\" y=\"{y}\" width=\"20\" height=\"14\" fill=\"{Colors[state]}\"/>\n");

    private static void Text(StringBuilder svg, int x, int y, string text, string style) => svg.Append(
        CultureInfo.InvariantCulture, $"<text x=\"{x}\" y=\"{y}\" {style}>{WebUtility.HtmlEncode(text)}</text>\n");
}
