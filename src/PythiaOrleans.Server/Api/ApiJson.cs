using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Server.Api;

/// <summary>JSON as the command line writes it with <c>--json</c>.</summary>
internal static class ApiJson
{
    public static JsonSerializerOptions Options { get; } = Configure(new JsonSerializerOptions());

    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping; // no part of it is put into HTML, and people read it
        options.PropertyNameCaseInsensitive = true;
        options.NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow; // a misspelt field would be a default without a word
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower));
        return options.WithIds();
    }
}

/// <summary>A part of a list.</summary>
/// <param name="Items">The part.</param>
/// <param name="Total">How many there are in all.</param>
/// <param name="Next">Where the next part is; null where this was the last.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, int Total, string? Next)
{
    private const int Most = 1000;
    private const int Usual = 100;

    internal static Page<T> Of(IReadOnlyCollection<T> all, int? skip, int? take, string path)
    {
        var from = skip ?? 0;
        var count = take ?? Usual;
        if (from < 0 || count is < 1 or > Most)
        {
            throw new ArgumentException($"skip={from}, take={count}: expected skip at least 0 and take from 1 to {Most}.");
        }

        var end = Math.Min(from + count, all.Count);
        var separator = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        return new Page<T>([.. all.Skip(from).Take(count)], all.Count, end < all.Count ? $"{path}{separator}skip={end}&take={count}" : null);
    }
}
