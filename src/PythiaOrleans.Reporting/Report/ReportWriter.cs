using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.Plots;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Report;

/// <summary>
/// Writes a sweep's report: one HTML file that opens offline, and stills as PNG where they are wanted. Works on what is committed so far.
/// </summary>
public sealed class ReportWriter(ResultStore store, ModelCatalog catalog)
{
    /// <summary>The page's name in the report's folder.</summary>
    public const string PageFile = "report.html";

    /// <summary>The folder of the PNG files in the report's folder.</summary>
    public const string StillsFolder = "plots";

    private static readonly string[] Scripts =
    [
        "report.js", "view.js", "panel.js", "cells.js", "save.js", "plot.js", .. PlotKinds.All.Select(kind => kind.Script).Distinct(),
        "findings.js", "overview.js", "seeds.js", "page.js",
    ];

    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Writes the page, and stills.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="analyses">What the analyses say of themselves; those that the sweep does not have are passed over.</param>
    /// <param name="folder">Where to; made where it does not exist.</param>
    /// <param name="stills">Whether every plot is written as PNG too.</param>
    /// <param name="cancellationToken">Checked between plots.</param>
    /// <param name="tokenText">The text of a token; null where no tokenizer is at hand: ids are shown.</param>
    /// <returns>The page's path and the stills'.</returns>
    public async Task<ReportFiles> WriteAsync(
        SweepSpec sweep,
        IReadOnlyList<AnalysisDescription> analyses,
        string folder,
        bool stills,
        CancellationToken cancellationToken,
        Func<int, string>? tokenText = null)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        var wanted = analyses.Where(analysis => sweep.Analyses.Contains(analysis.Id)).OrderBy(analysis => analysis.Order).ToArray();
        var series = await ReadSeriesAsync(sweep, wanted, cancellationToken).ConfigureAwait(false);
        var data = await new ReportData(store, catalog)
            .GatherAsync(sweep, wanted, series, tokenText, cancellationToken)
            .ConfigureAwait(false);

        return await WriteAsync(data, folder, stills, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes a gathered page, and its stills.</summary>
    internal static async Task<ReportFiles> WriteAsync(ReportPage data, string folder, bool stills, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        IReadOnlyList<string> files = stills ? await DrawAsync(data, folder, cancellationToken).ConfigureAwait(false) : [];
        var page = Path.Combine(folder, PageFile);
        await File.WriteAllTextAsync(page, Page(data), cancellationToken).ConfigureAwait(false);
        return new ReportFiles(page, files, Labelled: !stills || StaticPlots.HaveFonts);
    }

    private static async Task<IReadOnlyList<string>> DrawAsync(ReportPage data, string folder, CancellationToken cancellationToken)
    {
        var plots = Directory.CreateDirectory(Path.Combine(folder, StillsFolder)).FullName;
        var pictures = StaticPlots.Of(data).Select(picture => (File: Path.Combine(plots, $"{picture.Name}.png"), picture.Draw)).ToArray();
        await Parallel.ForEachAsync(
            pictures, cancellationToken, async (picture, stop) => await File.WriteAllBytesAsync(picture.File, picture.Draw(), stop)
                .ConfigureAwait(false)).ConfigureAwait(false);
        return [.. pictures.Select(picture => picture.File)];
    }

    private async Task<SeriesSet> ReadSeriesAsync(
        SweepSpec sweep, IReadOnlyList<AnalysisDescription> analyses, CancellationToken cancellationToken)
    {
        var (reader, tables) = (new SeriesReader(store.Blobs), new Dictionary<string, ResultTable>());
        foreach (var analysis in analyses)
        {
            if (await reader.ReadAsync(sweep.Name, analysis.Name, cancellationToken).ConfigureAwait(false) is { } table)
            {
                tables[analysis.Name] = table;
            }
        }

        return await FindingEvaluations.JoinAsync(
            new SeriesSet(sweep.Name, tables).WithSchedules(catalog), store.Blobs, catalog, cancellationToken)
            .ConfigureAwait(false);
    }

    internal static string Page(ReportPage data)
    {
        return Asset("report.html")
            .Replace("{{title}}", WebUtility.HtmlEncode(data.Title), StringComparison.Ordinal)
            .Replace("{{summary}}", Summary(data), StringComparison.Ordinal)
            .Replace("{{style}}", Asset("report.css"), StringComparison.Ordinal)
            .Replace("{{script}}", string.Concat(Scripts.Select(Asset)), StringComparison.Ordinal)
            .Replace("{{data}}", Packed(data), StringComparison.Ordinal);
    }

    // Numbers as text pack to half their size, base64 included; every browser since 2023 unpacks them.
    private static string Packed(ReportPage data)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize))
        {
            JsonSerializer.Serialize(gzip, data, Format);
        }

        return Convert.ToBase64String(packed.ToArray());
    }

    private static string Summary(ReportPage data) => WebUtility.HtmlEncode(string.Create(
        CultureInfo.InvariantCulture,
        $"{data.Models.Count} models, {data.Steps} checkpoints each")
        + (data.Shards > 0 ? string.Create(CultureInfo.InvariantCulture, $": {data.Done:N0} of {data.Shards:N0} shards measured") : "")
        + (data.Failures.Count > 0 ? $", {data.Failures.Count} quarantined" : "") + ".");

    private static string Asset(string name)
    {
        using var stream = typeof(ReportWriter).Assembly.GetManifestResourceStream($"PythiaOrleans.Reporting.Report.Assets.{name}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

/// <summary>What a report consists of.</summary>
/// <param name="Page">The HTML file.</param>
/// <param name="StaticPlots">The PNG files; none where they were not wanted.</param>
/// <param name="Labelled">Whether the PNG files bear words: not on a machine without any font.</param>
public sealed record ReportFiles(string Page, IReadOnlyList<string> StaticPlots, bool Labelled);
