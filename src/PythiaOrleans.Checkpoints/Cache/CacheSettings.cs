using System.Globalization;

namespace PythiaOrleans.Checkpoints.Cache;

/// <summary>Reads the variables that say where caches lie and how large they may be.</summary>
internal static class CacheSettings
{
    /// <summary>Bytes that a cache keeps of what this software fetched.</summary>
    public const string BytesVariable = "PYTHIA_CACHE_BYTES";

    /// <summary>The bound of the process's environment; null for none.</summary>
    /// <exception cref="ArgumentException">The variable holds no number above 0.</exception>
    public static long? MaxBytes() => ReadNumber(Environment.GetEnvironmentVariable, BytesVariable);

    /// <summary>A folder named by a variable, with <c>~</c> and <c>$NAME</c> at its start expanded; null where the variable is not set.</summary>
    public static string? ReadPath(string name) => ReadPath(Environment.GetEnvironmentVariable, name);

    /// <summary>The same, from any set of variables.</summary>
    /// <remarks>No shell expands what stands in a Dockerfile, a unit file or in quotes; the hub's Python tools do it themselves.</remarks>
    /// <exception cref="ArgumentException">The value names a variable that is not set, or another user's home.</exception>
    public static string? ReadPath(Func<string, string?> variable, string name)
    {
        if (ReadText(variable, name) is not { } text)
        {
            return null;
        }

        var end = text.IndexOf('/', StringComparison.Ordinal) is var slash and >= 0 ? slash : text.Length;
        var first = text[..end];
        if (first == "~")
        {
            return (ReadText(variable, "HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile)) + text[end..];
        }

        var named = first.StartsWith("${", StringComparison.Ordinal) && first.EndsWith('}') ? first[2..^1] : first.StartsWith('$') ? first[1..] : null;
        if (first.StartsWith('~') || (named is not null && ReadText(variable, named) is null))
        {
            throw new ArgumentException($"{name}: cannot expand '{first}' in '{text}'. Write the whole path.");
        }

        return named is null ? text : ReadText(variable, named) + text[end..];
    }

    /// <summary>A whole number above 0; null where the variable is not set.</summary>
    /// <exception cref="ArgumentException">It holds something else.</exception>
    public static long? ReadNumber(Func<string, string?> variable, string name) => ReadText(variable, name) is not { } text
        ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new ArgumentException($"{name}: expected a whole number above 0, found '{text}'.");

    /// <summary>The trimmed value; null where it is not set or empty.</summary>
    public static string? ReadText(Func<string, string?> variable, string name) =>
        variable(name) is { } text && text.Trim().Length > 0 ? text.Trim() : null;
}
