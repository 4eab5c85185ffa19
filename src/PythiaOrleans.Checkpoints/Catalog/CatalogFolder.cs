using System.Globalization;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Checkpoints.Catalog;

/// <summary>Reads the models of a folder of checkpoints.</summary>
internal static class CatalogFolder
{
    private const string StepPrefix = "step";

    public static IReadOnlyList<ModelEntry> Read(string root) => Directory.Exists(root)
        ? [.. Directory.EnumerateDirectories(root).Order(StringComparer.Ordinal).Select(ReadModel).OfType<ModelEntry>()]
        : throw new DirectoryNotFoundException($"{root}: expected a folder with model/stepN/config.json, found none of that name.");

    private static ModelEntry? ReadModel(string folder)
    {
        var name = Path.GetFileName(folder);
        var steps = Directory.EnumerateDirectories(folder, $"{StepPrefix}*")
            .Select(step => Path.GetFileName(step)[StepPrefix.Length..])
            .Select(digits => int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1)
            .Where(step => step >= 0)
            .Order()
            .ToArray();
        var config = steps.Select(step => Path.Combine(folder, $"{StepPrefix}{step}", "config.json")).FirstOrDefault(File.Exists);
        if (config is null || !Identifier.IsValid(name))
        {
            return null;
        }

        var shape = ModelFamilies.ReadShape(config);
        return new ModelEntry { Name = name, Shape = shape, Steps = steps, TokenCount = shape.VocabularyRows };
    }
}
