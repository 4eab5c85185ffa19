using System.Text.Json;
using System.Text.Json.Serialization;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Checkpoints.Catalog;

/// <summary>Reads a user's catalog file.</summary>
internal static class CatalogFile
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    public static ModelCatalog Read(string file)
    {
        try
        {
            var document = JsonSerializer.Deserialize<Document>(JsonFile.Read(file, ConfigJson.MaxBytes).Span, Format)
                ?? throw new JsonException("the document is null");
            foreach (var model in document.Models ?? [])
            {
                Check(file, model);
            }

            return new ModelCatalog(document.Models ?? [], document.Suites ?? [], document.KnownBad ?? NoneKnown);
        }
        catch (JsonException error)
        {
            throw new CheckpointFormatException(
                file,
                $"line {error.LineNumber + 1}, {error.Path ?? "the document"}",
                "a catalog of models and suites as docs/catalog.md shows it",
                error.Message,
                "Correct the file.");
        }
    }

    private static void Check(string file, ModelEntry model)
    {
        if (!Identifier.IsValid(model.Name)
            || model.Steps is not { Count: > 0 }
            || model.Shape.Heads < 1
            || (model.Shape.HeadDimension is null && model.Shape.HiddenSize % model.Shape.Heads != 0))
        {
            throw new CheckpointFormatException(
                file,
                $"model '{model.Name}'",
                "a legal name, at least one step, and heads that divide the hidden size",
                $"{model.Steps?.Count ?? 0} steps, hidden size {model.Shape.HiddenSize}, {model.Shape.Heads} heads",
                "Correct the file.");
        }

        try
        {
            foreach (var step in model.Steps)
            {
                CheckRevision(model.RevisionOf(step));
                CheckRevision($"x/{model.SubfolderOf(step)}".TrimEnd('/'));
            }
        }
        catch (Exception error) when (error is FormatException or InvalidOperationException)
        {
            throw new CheckpointFormatException(
                file, $"model '{model.Name}', revision", "a template as docs/catalog.md describes it", error.Message, "Correct the file.");
        }
    }

    // It becomes part of an address and of a path.
    private static void CheckRevision(string revision)
    {
        if (!Array.TrueForAll(revision.Split('/'), Identifier.IsValid))
        {
            throw new FormatException(
                $"'{revision}' is no name of a branch: expected letters, digits, '.', '_' and '-', with '/' between them.");
        }
    }

    private static readonly Dictionary<string, IReadOnlyDictionary<int, string>> NoneKnown = [];

    private sealed record Document(
        IReadOnlyList<ModelEntry>? Models,
        IReadOnlyList<Suite>? Suites,
        IReadOnlyDictionary<string, IReadOnlyDictionary<int, string>>? KnownBad);
}
