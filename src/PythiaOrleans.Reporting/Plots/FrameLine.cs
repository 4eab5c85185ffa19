using System.Globalization;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Numerics.Distributions;

namespace PythiaOrleans.Reporting.Plots;

/// <summary>What a plot shows of one row of a result.</summary>
internal static class FrameLine
{
    // Eight directions with ten tokens each: the whole of them, for every head, would be too much for a page.
    private const int Directions = 8;
    private const int TokensPerDirection = 10;

    /// <summary>The line of a row; null where nothing was measured.</summary>
    public static ReportLine? Create(ResultTable table, int row, PlotDeclaration plot, int model)
    {
        var line = new ReportLine(model, (int?)table["block"].Values[row], []);
        return plot.Kind.Name switch
        {
            "histogram" => Histogram(table, row, plot) is { } values ? line with { Y = values } : null,
            "spectrum" => Spectrum(table, row, plot) is { } values ? line with { Y = values, Edge = Edge(table, row) } : null,
            "heatmap" => HeatMap(table, row, plot, line),
            "tokens" => Tokens(table, row, plot, line),
            _ => Quantiles(table, row, plot) is { } values ? line with { Y = values } : null,
        };
    }

    /// <summary>Which of the quantiles are drawn.</summary>
    internal static IEnumerable<int> QuantilePlaces(int count) =>
        Enumerable.Range(0, count).Where(i => i < 8 || i >= count - 8 || i % 4 == 0);

    /// <summary>The ranks, from 1, at which singular values are drawn: 16 a decade.</summary>
    internal static IEnumerable<int> Ranks(int count) =>
        Enumerable.Range(0, int.MaxValue).Select(k => (int)Math.Round(Math.Pow(10, k / 16.0), MidpointRounding.AwayFromZero)).TakeWhile(rank => rank <= count).Distinct();

    /// <summary>Four digits are as many as a screen can show; null for what is not finite.</summary>
    internal static double? Rounded(double value) => double.IsFinite(value)
        ? double.Parse(value.ToString("G4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
        : null;

    // As densities per standard deviation.
    private static double?[]? Histogram(ResultTable table, int row, PlotDeclaration plot)
    {
        var counts = (long[]?)table[plot.Column].Values[row] ?? [];
        var perBin = counts.Length / (2 * 8.0 * table["count"].Number(row));
        return counts.Length == 0 ? null : Array.ConvertAll(counts, count => count == 0 ? null : Rounded(count * perBin));
    }

    // In standard deviations, every fourth and the outermost ones.
    private static double?[]? Quantiles(ResultTable table, int row, PlotDeclaration plot)
    {
        var quantiles = (double[]?)table[plot.Column].Values[row] ?? [];
        var (mean, std) = (table["mean"].Number(row), table["std"].Number(row));
        return quantiles.Length == 0 || !(std > 0)
            ? null
            : [.. QuantilePlaces(quantiles.Length).Select(place => Rounded((quantiles[place] - mean) / std))];
    }

    private static double?[]? Spectrum(ResultTable table, int row, PlotDeclaration plot)
    {
        var values = (double[]?)table[plot.Column].Values[row] ?? [];
        return values.Length == 0 ? null : [.. Ranks(values.Length).Select(rank => Rounded(values[rank - 1]))];
    }

    private static double? Edge(ResultTable table, int row) =>
        table.Columns.FirstOrDefault(column => column.Schema.Name == "marchenko_pastur_edge") is { } edge ? Rounded(edge.Number(row)) : null;

    private static ReportLine? HeatMap(ResultTable table, int row, PlotDeclaration plot, ReportLine line)
    {
        var cells = (float[]?)table[plot.Column].Values[row] ?? [];
        return cells.Length == 0 ? null : line with
        {
            Cells = Array.ConvertAll(cells, cell => (byte)(sbyte)Math.Round(127 * (float.IsFinite(cell) ? Math.Clamp(cell, -1, 1) : 0))),
            Order = (int[])table["order"].Values[row]!,
            Tokens = (int[])table["token_ids"].Values[row]!,
        };
    }

    private static ReportLine? Tokens(ResultTable table, int row, PlotDeclaration plot, ReportLine line)
    {
        var (tokens, sigma) = ((int[]?)table[plot.Column].Values[row] ?? [], (double[]?)table["singular_values"].Values[row] ?? []);
        if (tokens.Length == 0 || sigma.Length == 0)
        {
            return null;
        }

        var each = tokens.Length / sigma.Length;
        var shown = Math.Min(Directions, sigma.Length);
        return line with
        {
            Y = [.. sigma.Take(shown).Select(Rounded)],
            Tokens = [.. Enumerable.Range(0, shown).SelectMany(direction => tokens.Skip(direction * each).Take(Math.Min(each, TokensPerDirection)))],
        };
    }
}
