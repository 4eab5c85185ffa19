using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace PythiaOrleans.Core.Ids;

/// <summary>Names one measurement with its version and parameters, for example <c>weight-moments-3f2a9c01d4e5b677</c>.</summary>
/// <param name="Name">The analysis, <c>weight-moments</c>.</param>
/// <param name="Fingerprint">16 hexadecimal digits over name, version and parameters.</param>
public readonly record struct AnalysisId(string Name, string Fingerprint)
{
    private const int FingerprintLength = 16;

    // Escaping everything that is not ASCII would still be canonical, but nobody could read the text when comparing inputs.
    private static readonly JsonSerializerOptions Canonical = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Computes the fingerprint from its inputs.</summary>
    /// <param name="name">The analysis.</param>
    /// <param name="version">Counted up whenever the numbers may change.</param>
    /// <param name="parameters">Everything that changes the result; the order does not matter.</param>
    public static AnalysisId Create(string name, int version, IReadOnlyDictionary<string, string> parameters)
    {
        var inputs = Describe(name, version, parameters);
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes(inputs));
        return new AnalysisId(Identifier.Validate(name, "analysis"), Convert.ToHexStringLower(digest)[..FingerprintLength]);
    }

    /// <summary>The canonical JSON that is hashed: <c>{"name":…,"version":…,"parameters":{…sorted…}}</c>.</summary>
    public static string Describe(string name, int version, IReadOnlyDictionary<string, string> parameters) =>
        JsonSerializer.Serialize(
            new { name, version, parameters = new SortedDictionary<string, string>(parameters.ToDictionary(), StringComparer.Ordinal) },
            Canonical);

    /// <summary>Reads what <see cref="ToString"/> prints.</summary>
    /// <exception cref="FormatException">The text is not <c>name-fingerprint</c>.</exception>
    public static AnalysisId Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var dash = text.LastIndexOf('-');
        if (dash > 0 && text.Length - dash - 1 == FingerprintLength && Identifier.IsValid(text[..dash])
            && text.AsSpan(dash + 1).IndexOfAnyExcept("0123456789abcdef") < 0)
        {
            return new AnalysisId(text[..dash], text[(dash + 1)..]);
        }

        throw new FormatException($"'{text}' names no analysis: expected name-fingerprint with {FingerprintLength} hexadecimal digits.");
    }

    /// <summary>The one spelling: <c>name-fingerprint</c>.</summary>
    public override string ToString() => $"{Name}-{Fingerprint}";
}
