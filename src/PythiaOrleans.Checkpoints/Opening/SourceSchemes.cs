using PythiaOrleans.Checkpoints.Sources;

namespace PythiaOrleans.Checkpoints.Opening;

/// <summary>Every kind of source of this assembly.</summary>
internal static class SourceSchemes
{
    /// <summary>The schemes, the one that takes all remaining names last.</summary>
    public static IReadOnlyList<ISourceScheme> All { get; } =
    [
        .. typeof(ISourceScheme).Assembly.GetTypes()
            .Where(type => type.IsAssignableTo(typeof(ISourceScheme)) && type is { IsAbstract: false, IsInterface: false })
            .OrderBy(type => type.FullName, StringComparer.Ordinal)
            .Select(type => (ISourceScheme)Activator.CreateInstance(type)!)
            .OrderBy(scheme => scheme.IsDefault),
    ];

    /// <summary>The scheme that opens a name.</summary>
    public static ISourceScheme For(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return All.FirstOrDefault(scheme => scheme.Opens(name))
            ?? throw new ArgumentException($"Source '{name}': expected {string.Join(", ", All.Select(scheme => scheme.Spelling))}.", nameof(name));
    }
}
