using System.Globalization;
using System.Text.RegularExpressions;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Reporting.Capability;

/// <summary>Reads folders of result files and finds out which checkpoint each is of.</summary>
/// <param name="catalog">Knows the models and how their revisions are called.</param>
/// <param name="model">The model of all files; null takes what each file says.</param>
/// <param name="step">The step of all files; null takes what each file says.</param>
public sealed partial class HarnessImport(ModelCatalog catalog, string? model = null, int? step = null)
{
    /// <summary>The scores of the result files of a folder, or of one file. Of two with the same score the newer one counts.</summary>
    /// <exception cref="InvalidDataException">A file is damaged, does not say which checkpoint it is of, or there is none.</exception>
    public IReadOnlyList<Evaluation> Read(string place)
    {
        string[] paths = File.Exists(place)
            ? [place]
            : Directory.Exists(place)
                ? [.. Directory.EnumerateFiles(place, "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal)]
                : throw new InvalidDataException($"{place}: expected a result file or a folder of them, found neither.");
        var scores = new Dictionary<(string Model, int Step, string Task, string Metric, int Shots), Evaluation>();
        foreach (var file in paths.OrderBy(File.GetLastWriteTimeUtc).Select(HarnessFile.TryRead).OfType<HarnessFile>())
        {
            var (of, at) = (ModelOf(file), StepOf(file));
            foreach (var score in file.Scores)
            {
                scores[(of, at, score.Task, score.Metric, score.Shots)] =
                    new Evaluation(of, at, score.Task, score.Metric, score.Shots, score.Value, score.StandardError);
            }
        }

        return scores.Count > 0
            ? [.. scores.OrderBy(score => score.Key).Select(score => score.Value)]
            : throw new InvalidDataException(
                $"{place}: expected JSON files of lm-evaluation-harness, with `results`, found none among {paths.Length} JSON files.");
    }

    private string ModelOf(HarnessFile file)
    {
        if (model is not null)
        {
            return Identifier.Validate(model, "model");
        }

        var stated = file.Pretrained?.TrimEnd('/') ?? "";
        var byRepository = catalog.Models.FirstOrDefault(known =>
            stated.Equals(known.Repository, StringComparison.OrdinalIgnoreCase) && MatchesTraining(known, file));
        var last = stated.Split('/')[^1];
        return byRepository?.Name
            ?? catalog.TryFind(last)?.Name
            ?? Folders(file).Select(catalog.TryFind).OfType<ModelEntry>().FirstOrDefault()?.Name
            ?? (Identifier.IsValid(last) ? last : throw new InvalidDataException(
                $"{file.Path}: config.model_args: expected pretrained=MODEL, found '{stated}'. Say which model it is with --model."));
    }

    // OLMo's stages are models of one repository: the revision tells them apart.
    private static bool MatchesTraining(ModelEntry known, HarnessFile file) => file.Revision is null or "main"
        || new RevisionTemplate(known.Revision ?? "step{step}").TryMatch(file.Revision, out _)
        || known.Revisions.Values.Contains(file.Revision);

    private int StepOf(HarnessFile file)
    {
        if (step is { } given)
        {
            return given;
        }

        var known = catalog.TryFind(ModelOf(file));
        if (file.Revision is { } revision && revision != "main")
        {
            return known?.Steps.Where(at => known.RevisionOf(at) == revision).Select(at => (int?)at).FirstOrDefault()
                ?? FindNumber(revision)
                ?? throw Unknown(file, $"revision '{revision}'");
        }

        // Older files do not name a revision, but their own names do.
        return Folders(file).Select(FindNumber).FirstOrDefault(found => found is not null)
            ?? (file.Revision == "main" ? known?.Steps[^1] : null)
            ?? throw Unknown(file, "no revision");
    }

    // The file's own name first, then the folders from inside out.
    private static IEnumerable<string> Folders(HarnessFile file) =>
        Path.ChangeExtension(Path.GetFullPath(file.Path), null).Split(Path.DirectorySeparatorChar).Reverse().Take(4);

    private static int? FindNumber(string text) => Step().Match(text) is { Success: true } match
        && int.TryParse(match.Groups["step"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var found) ? found : null;

    private static InvalidDataException Unknown(HarnessFile file, string found) => new(
        $"{file.Path}: config.model_args: expected revision=stepN, or a file or folder named after the step, found {found}. "
            + "Say which step it is with --step.");

    [GeneratedRegex(
        @"(?:step|checkpoint|ckpt|iter)[-_=]?(?<step>[0-9]+)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Step();
}
