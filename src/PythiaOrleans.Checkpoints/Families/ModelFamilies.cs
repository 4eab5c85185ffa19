using System.Collections.Frozen;
using System.Reflection;
using PythiaOrleans.Checkpoints.Formats;

namespace PythiaOrleans.Checkpoints.Families;

/// <summary>Every family of this assembly and of the registered ones, by the <c>model_type</c> of its <c>config.json</c>.</summary>
public static class ModelFamilies
{
    private static readonly Lock Gate = new();
    private static volatile Registered _known = Registered.Empty.With(typeof(IModelFamily).Assembly);

    /// <summary>The assemblies with families, this one first. Forward passes are looked for in them too.</summary>
    public static IReadOnlyList<Assembly> Assemblies => _known.Assemblies;

    /// <summary>Every <c>model_type</c> that has a family, in ordinal order.</summary>
    public static IReadOnlyList<string> ModelTypes => [.. _known.ByType.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Adds the families of an assembly, a plugin's for example. An assembly that is known is not read again.</summary>
    /// <exception cref="InvalidOperationException">Two families read the same <c>model_type</c>; the message names both.</exception>
    /// <returns>How many model types its families read.</returns>
    public static int Register(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        lock (Gate)
        {
            _known = _known.With(assembly);
            return _known.ByType.Values.Count(family => family.GetType().Assembly == assembly);
        }
    }

    /// <summary>Whether that <c>model_type</c> has a family. Of others only weights are measured, tensor by tensor.</summary>
    public static bool IsKnown(string modelType) => _known.ByType.ContainsKey(modelType);

    /// <summary>The family of a shape; one that takes tensors as they are where its <c>model_type</c> has none.</summary>
    public static IModelFamily For(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return _known.ByType.TryGetValue(shape.ModelType, out var family) ? family : GenericFamily.Instance;
    }

    /// <summary>
    /// Fills in the parameters of a model without a family from the tensors that its files hold; gives other shapes back as they are.
    /// </summary>
    /// <param name="shape">As the configuration gives it.</param>
    /// <param name="stored">Names and sizes of the stored tensors of floating-point numbers.</param>
    public static ModelShape Complete(ModelShape shape, IEnumerable<(string Name, IReadOnlyList<long> Shape)> stored)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return IsKnown(shape.ModelType) ? shape : shape with { Tensors = GenericFamily.Describe(stored) };
    }

    /// <summary>The parameters of a shape: which have biases, which are stored transposed.</summary>
    public static ModelLayout LayoutOf(ModelShape shape) => new(For(shape).Expect(shape));

    /// <summary>
    /// Reads a <c>config.json</c> through the family that it names; an architecture without a family gets its parameters from <see
    /// cref="Complete"/>.
    /// </summary>
    /// <exception cref="CheckpointFormatException">It is no JSON, names no architecture, or a field that the layout needs makes no
    /// sense.</exception>
    public static ModelShape ReadShape(string configFile)
    {
        using var config = ConfigJson.Read(configFile);
        var fields = new ConfigFields(configFile, config.RootElement);
        if (!_known.ByType.TryGetValue(fields.ModelType, out var family))
        {
            return GenericFamily.Instance.ReadShape(fields);
        }

        var shape = family.ReadShape(fields);
        var unsupported = fields.FindUnsupported();
        return unsupported.Count == 0 ? shape : shape with { UnsupportedSettings = unsupported };
    }

    private sealed record Registered(IReadOnlyList<Assembly> Assemblies, FrozenDictionary<string, IModelFamily> ByType)
    {
        public static Registered Empty { get; } = new([], FrozenDictionary<string, IModelFamily>.Empty);

        public Registered With(Assembly assembly)
        {
            if (Assemblies.Contains(assembly))
            {
                return this;
            }

            var byType = ByType.ToDictionary(StringComparer.Ordinal);
            foreach (var family in assembly.GetTypes()
                .Where(type => type.IsAssignableTo(typeof(IModelFamily)) && type is { IsAbstract: false, IsInterface: false }
                    && type != typeof(GenericFamily))
                .OrderBy(type => type.FullName, StringComparer.Ordinal)
                .Select(type => (IModelFamily)Activator.CreateInstance(type, nonPublic: true)!))
            {
                foreach (var type in family.ModelTypes.Where(type => !byType.TryAdd(type, family)))
                {
                    throw new InvalidOperationException(
                        $"model_type '{type}': expected one family, found {byType[type].GetType()} and {family.GetType()}. "
                        + "Remove one of them.");
                }
            }

            return new Registered([.. Assemblies, assembly], byType.ToFrozenDictionary(StringComparer.Ordinal));
        }
    }
}
