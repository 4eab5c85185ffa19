using System.Globalization;
using System.Net;
using System.Text;
using PythiaOrleans.Checkpoints.Census;

namespace PythiaOrleans.Reporting.Census;

/// <summary>
/// A census as one HTML file that opens offline: a strip of cells for each model, a row for each revision, red where it is wrong.
/// </summary>
public static class CensusPage
{
    private const string StyleSheet = "census.css";
    private const int MaxPairs = 60;

    /// <summary>Writes the page.</summary>
    /// <param name="census">The census.</param>
    /// <param name="file">The file; its folder is made where there is none.</param>
    /// <param name="cancellationToken">Stops the writing.</param>
    public static async Task WriteAsync(SuiteCensus census, string file, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        await File.WriteAllTextAsync(file, Create(census), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The page's text.</summary>
    public static string Create(SuiteCensus census)
    {
        ArgumentNullException.ThrowIfNull(census);
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Census of {Text(census.Name)}</title>
            <style>{Style()}</style>
            </head>
            <body>
            <h1>Census of {Text(census.Name)}</h1>
            <p>{Text(census.Source)}, {census.Taken:yyyy-MM-dd HH:mm} UTC. {LevelText(census.Level)}</p>
            <p class="counts">{Counts(census)}</p>

            """);
        AppendModels(page, census);
        foreach (var model in census.Models)
        {
            AppendModel(page, model, census.Level);
        }

        return page.Append("""
            <footer>Made by PythiaOrleans, <code>pythia census</code>. Equal signs mean equal bytes. What is red is in the list of known bad
            revisions; what is hatched is announced and not there; what is yellow is worth a look, or expected.</footer>
            </body>
            </html>

            """).ToString();
    }

    private static void AppendModels(StringBuilder page, SuiteCensus census)
    {
        page.Append("""
            <div class="scroll"><table class="models">
            <thead><tr><th>model</th><th>announced</th><th>there</th><th>wrong</th><th>missing</th><th>notes</th>
            <th>steps, first to last</th></tr></thead>
            <tbody>

            """);
        foreach (var model in census.Models)
        {
            var there = model.Revisions.Count(revision => revision.Step is not null && revision.Worst != CensusSeverity.Absent);
            page.Append(CultureInfo.InvariantCulture, $"""
                <tr><th><a href="#{Text(model.Model)}">{Text(model.Model)}</a></th><td>{model.Announced}</td><td>{there}</td>
                {Number(model.Count(CensusSeverity.Bad), "bad")}{Number(model.Count(CensusSeverity.Absent), "absent")}
                {Number(model.Count(CensusSeverity.Note), "note")}<td class="strip">{Strip(model)}</td></tr>

                """);
        }

        page.Append("</tbody></table></div>\n");
    }

    private static void AppendModel(StringBuilder page, ModelCensus model, CensusLevel level)
    {
        page.Append(CultureInfo.InvariantCulture, $"""<h2 id="{Text(model.Model)}">{Text(model.Model)}</h2>""").Append('\n');
        if (model.Repository is { } repository)
        {
            page.Append(CultureInfo.InvariantCulture, $"<p>{Text(repository)}</p>\n");
        }

        if (model.Problem is { } problem)
        {
            page.Append(CultureInfo.InvariantCulture, $"""<p class="problem">{Text(problem)}</p>""").Append('\n');
            return;
        }

        var sampled = level != CensusLevel.Files
            ? "<th>parameters</th><th title=\"distance of the weights from the step before, over their norm\">moved</th>"
                + "<th title=\"cosine of the embedding with that of step 0\">cosine to step 0</th>"
            : "";
        page.Append(CultureInfo.InvariantCulture, $"""
            <div class="scroll rows"><table>
            <thead><tr><th>step</th><th>revision</th><th>files</th><th>bytes</th><th>sign</th>{sampled}
            <th>found</th><th>catalog</th></tr></thead>
            <tbody>

            """);
        foreach (var revision in model.Revisions)
        {
            AppendRevision(page, revision, level);
        }

        page.Append("</tbody></table></div>\n");
        AppendIdentical(page, [.. model.Identical.Where(pair => pair.Step < pair.Other).OrderByDescending(pair => pair.Share)]);
    }

    private static void AppendIdentical(StringBuilder page, IdenticalShare[] pairs)
    {
        if (pairs.Length == 0)
        {
            return;
        }

        page.Append(CultureInfo.InvariantCulture, $"""
            <p>{pairs.Length} pairs of steps share tensors{(pairs.Length > MaxPairs ? $"; the first {MaxPairs}" : "")}:</p>
            <div class="scroll"><table>
            <thead><tr><th>step</th><th>and step</th><th>share of the weights</th></tr></thead>
            <tbody>

            """);
        foreach (var pair in pairs.Take(MaxPairs))
        {
            page.Append(CultureInfo.InvariantCulture, $"""
                <tr><td>{pair.Step}</td><td>{pair.Other}</td><td>{100 * pair.Share:0.#} %</td></tr>

                """);
        }

        page.Append("</tbody></table></div>\n");
    }

    private static void AppendRevision(StringBuilder page, CensusRevision revision, CensusLevel level)
    {
        page.Append(CultureInfo.InvariantCulture, $"<tr{Class(revision.Worst)}><td>{revision.Step}</td><td>{Text(revision.Name)}</td>");
        Cell(page, revision, revision.Files.ToString(CultureInfo.InvariantCulture), FaultKind.NoWeights, FaultKind.ShardsMissing);
        Cell(page, revision, revision.Bytes.ToString("N0", CultureInfo.InvariantCulture), FaultKind.OtherSize, FaultKind.DamagedHeader);
        Cell(page, revision, $"<code>{revision.Sign}</code>",
            FaultKind.SameAsMain, FaultKind.SameAsStep, FaultKind.ForeignShard, FaultKind.ForeignTensors, FaultKind.SameAsModel);
        if (level != CensusLevel.Files)
        {
            Cell(page, revision, revision.Parameters?.ToString("N0", CultureInfo.InvariantCulture) ?? "",
                FaultKind.OtherTensors, FaultKind.OtherTypes, FaultKind.NotFinite);
            Cell(page, revision, Round(revision.Movement), FaultKind.OutOfPlace, FaultKind.Jump);
            Cell(page, revision, Round(revision.Similarity), FaultKind.ForeignRun);
        }

        page.Append(CultureInfo.InvariantCulture, $"""
            <td class="text">{string.Join("<br>", revision.Faults.Select(fault => Text(fault.Detail)))}</td>
            <td class="text">{Text(revision.Known ?? "")}</td></tr>

            """);
    }

    private static void Cell(StringBuilder page, CensusRevision revision, string text, params FaultKind[] kinds)
    {
        var worst = revision.Faults.Where(fault => kinds.Contains(fault.Kind)).Max(fault => (CensusSeverity?)fault.Severity);
        page.Append(CultureInfo.InvariantCulture, $"<td{Class(worst)}>{text}</td>");
    }

    private static string Strip(ModelCensus model) => string.Concat(model.Revisions.Select(revision => string.Create(
        CultureInfo.InvariantCulture,
        $"<i{Class(revision.Worst)} title=\"{Text(revision.Name)}{Hint(revision)}\"></i>")));

    private static string Hint(CensusRevision revision) =>
        revision.Faults.Count == 0 ? "" : Text($": {string.Join("; ", revision.Faults.Select(fault => fault.Detail))}");

    private static string Number(int count, string kind) => count == 0
        ? "<td>0</td>"
        : string.Create(CultureInfo.InvariantCulture, $"<td class=\"{kind}\">{count}</td>");

    private static string Class(CensusSeverity? severity) => severity switch
    {
        CensusSeverity.Bad => " class=\"bad\"",
        CensusSeverity.Absent => " class=\"absent\"",
        CensusSeverity.Note => " class=\"note\"",
        _ => "",
    };

    private static string Counts(SuiteCensus census)
    {
        var revisions = census.Models.Sum(model => model.Revisions.Count);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{census.Models.Count} {(census.Models.Count == 1 ? "model" : "models")}, {revisions} revisions: "
                + $"<b class=\"bad\">{census.Count(CensusSeverity.Bad)} wrong</b>, "
                + $"<b class=\"absent\">{census.Count(CensusSeverity.Absent)} missing</b>, "
                + $"<b class=\"note\">{census.Count(CensusSeverity.Note)} with notes</b>.");
    }

    private static string LevelText(CensusLevel level) => level switch
    {
        CensusLevel.Files => "Names, lengths and digests of the files were compared; no weights were read.",
        CensusLevel.Samples => "Files were compared, and of the weights the headers, 64 rows of the embedding and some norms.",
        _ => "All weights were compared, tensor by tensor, by what a sweep has measured of them.",
    };

    private static string Round(double? value) => value?.ToString("0.0000", CultureInfo.InvariantCulture) ?? "";

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Style()
    {
        using var stream = typeof(CensusPage).Assembly.GetManifestResourceStream(StyleSheet)
            ?? throw new InvalidOperationException($"The program lacks its resource '{StyleSheet}'. Build it again.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
