using System.Text.RegularExpressions;

namespace PythiaOrleans.Core.Ids;

/// <summary>Names from outside are checked here before they become grain keys, folders or log fields.</summary>
public static partial class Identifier
{
    /// <summary>Letters, digits, dot, underscore and dash, at most 96, starting with a letter or digit, without <c>..</c>.</summary>
    public static bool IsValid(string? name) => name is not null && Legal().IsMatch(name) && !name.Contains("..", StringComparison.Ordinal);

    /// <summary>Returns the name, or says what is wrong with it.</summary>
    /// <param name="name">The name as it came in.</param>
    /// <param name="what">What it names, for the message: <c>model</c>, <c>sweep</c>.</param>
    /// <exception cref="ArgumentException">The name is not legal.</exception>
    public static string Validate(string name, string what) => IsValid(name)
        ? name
        : throw new ArgumentException(
            $"'{name}' cannot name a {what}: expected 1 to 96 letters, digits, '.', '_' or '-', starting with a letter or digit and "
                + "without '..'.",
            nameof(name));

    /// <summary>
    /// Returns a blob's name, or says what is wrong with it: legal names separated by slashes, so that none leaves its folder.
    /// </summary>
    /// <exception cref="ArgumentException">The name is not legal.</exception>
    internal static string ValidateBlob(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Array.TrueForAll(name.Split('/'), IsValid)
            ? name
            : throw new ArgumentException($"'{name}' cannot name a blob: expected legal names separated by '/'.", nameof(name));
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,95}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Legal();
}
