using System.Text.Json;
using PythiaOrleans.Checkpoints.Formats;

namespace PythiaOrleans.Checkpoints.Families;

/// <summary>Every family of this assembly, by the <c>model_type</c> of its <c>config.json</c>.</summary>
public static class ModelFamilies
{
    private static readonly Dictionary<string, IModelFamily> ByType = typeof(IModelFamily).Assembly.GetTypes()
        .Where(type => type.IsAssignableTo(typeof(IModelFamily)) && type is { IsAbstract: false, IsInterface: false })
        .Select(type => (IModelFamily)Activator.CreateInstance(type)!)
        .SelectMany(family => family.ModelTypes, (family, type) => (family, type))
        .ToDictionary(pair => pair.type, pair => pair.family, StringComparer.Ordinal);

    /// <summary>The family of a shape.</summary>
    public static IModelFamily For(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return ByType[shape.ModelType];
    }

    /// <summary>Reads a <c>config.json</c> through the family that it names.</summary>
    /// <exception cref="CheckpointFormatException">It is no JSON, names no known family, or a field makes no sense.</exception>
    public static ModelShape ReadShape(string configFile)
    {
        try
        {
            using var config = JsonDocument.Parse(File.ReadAllBytes(configFile));
            var type = config.RootElement.ValueKind == JsonValueKind.Object && config.RootElement.TryGetProperty("model_type", out var field)
                ? field.ToString()
                : "nothing";
            return ByType.TryGetValue(type, out var family)
                ? family.ReadShape(configFile, config.RootElement)
                : throw new CheckpointFormatException(
                    configFile, "model_type", $"one of {string.Join(", ", ByType.Keys.Order(StringComparer.Ordinal))}", type, "This architecture is not supported yet.");
        }
        catch (JsonException error)
        {
            throw new CheckpointFormatException(configFile, $"line {error.LineNumber + 1}", "JSON", error.Message, "Fetch the file again.");
        }
    }
}
