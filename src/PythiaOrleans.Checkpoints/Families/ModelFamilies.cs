using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using PythiaOrleans.Checkpoints.Formats;

namespace PythiaOrleans.Checkpoints.Families;

/// <summary>Every family of this assembly and of registered plugins, by the <c>model_type</c> of its <c>config.json</c>.</summary>
public static class ModelFamilies
{
    private static readonly ConcurrentDictionary<string, IModelFamily> ByType = new(FamiliesOf(typeof(IModelFamily).Assembly), StringComparer.Ordinal);

    /// <summary>Takes the families of a plugin too, from now on.</summary>
    /// <returns>How many model types its families read.</returns>
    /// <exception cref="ArgumentException">A family for one of the model types is known already.</exception>
    public static int Register(Assembly plugin)
    {
        ArgumentNullException.ThrowIfNull(plugin);
        var found = FamiliesOf(plugin).ToArray();
        foreach (var (type, family) in found)
        {
            if (!ByType.TryAdd(type, family))
            {
                throw new ArgumentException($"{plugin.GetName().Name} holds a family for '{type}', which {ByType[type].GetType().Name} reads already.");
            }
        }

        return found.Length;
    }

    /// <summary>The family of a shape.</summary>
    public static IModelFamily For(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return ByType[shape.ModelType];
    }

    private static IEnumerable<KeyValuePair<string, IModelFamily>> FamiliesOf(Assembly assembly) => assembly.GetTypes()
        .Where(type => type.IsAssignableTo(typeof(IModelFamily)) && type is { IsAbstract: false, IsInterface: false })
        .Select(type => (IModelFamily)Activator.CreateInstance(type)!)
        .SelectMany(family => family.ModelTypes, (family, type) => KeyValuePair.Create(type, family));

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
