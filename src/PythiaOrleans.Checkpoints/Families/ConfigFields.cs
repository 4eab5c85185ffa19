using System.Text.Json;
using PythiaOrleans.Checkpoints.Formats;

namespace PythiaOrleans.Checkpoints.Families;

/// <summary>
/// The fields of a <c>config.json</c>. It says what is wrong with a field that makes no sense, and remembers which fields a family asked
/// for: what is left over
/// and is not known to be harmless could change the forward pass, and counts as unsupported.
/// </summary>
public sealed class ConfigFields
{
    /// <summary>The largest width of a layer. No model comes near it; beyond it products of sizes would overflow.</summary>
    public const int MaxWidth = 1_000_000;

    /// <summary>The largest number of blocks.</summary>
    public const int MaxBlocks = 4096;

    /// <summary>The largest number of attention heads.</summary>
    public const int MaxHeads = 65_536;

    /// <summary>The largest vocabulary, and the longest table of positions.</summary>
    public const int MaxRows = 100_000_000;

    private const string Advice = "Check that config.json belongs to these weights.";

    private readonly JsonElement _config;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly List<UnsupportedSetting> _unsupported = [];

    /// <summary>The fields of a parsed file.</summary>
    /// <param name="file">Its path, for messages.</param>
    /// <param name="config">The object.</param>
    /// <exception cref="CheckpointFormatException">It is no object, or has no <c>model_type</c>.</exception>
    public ConfigFields(string file, JsonElement config)
    {
        (File, _config) = (file, config);
        ModelType = config.ValueKind == JsonValueKind.Object && Find("model_type") is { ValueKind: JsonValueKind.String } type
            ? type.GetString()!
            : throw new CheckpointFormatException(file, "model_type", "an object with the name of an architecture", "nothing", Advice);
    }

    /// <summary>The path of the file.</summary>
    public string File { get; }

    /// <summary>The architecture's name.</summary>
    public string ModelType { get; }

    /// <summary>A whole number from 1.</summary>
    /// <param name="name">The field.</param>
    /// <param name="defaultValue">Its value where it is absent or null; without one it is required.</param>
    /// <param name="alias">Another name of the same field. Where both are given they must agree.</param>
    /// <param name="max">The largest number that makes sense.</param>
    /// <exception cref="CheckpointFormatException">It is missing, or no such number.</exception>
    public int Positive(string name, int? defaultValue = null, string? alias = null, int max = MaxWidth) =>
        OptionalPositive(name, alias, max) ?? defaultValue ?? throw Wrong(name, "a whole number from 1", "nothing");

    /// <summary>A whole number from 1, or null where the field is absent or null.</summary>
    /// <inheritdoc cref="Positive"/>
    public int? OptionalPositive(string name, string? alias = null, int max = MaxWidth) => Find(name, alias) is not { } field
        ? null
        : field.ValueKind == JsonValueKind.Number && field.TryGetInt32(out var value) && value > 0 && value <= max
            ? value
            : throw Wrong(name, $"a whole number from 1 to {max}", TextOf(field));

    /// <summary>A whole number from 0, or null where the field is absent or null.</summary>
    /// <inheritdoc cref="Positive"/>
    public int? OptionalWhole(string name) => Find(name) is not { } field
        ? null
        : field.ValueKind == JsonValueKind.Number && field.TryGetInt32(out var value) && value >= 0
            ? value
            : throw Wrong(name, "a whole number from 0", TextOf(field));

    /// <summary>A whole number from 1, or null where the field is anything else: for what only estimates need.</summary>
    internal int? FindWhole(string name, int max) =>
        Find(name) is { ValueKind: JsonValueKind.Number } field && field.TryGetInt32(out var value) && value > 0 && value <= max
            ? value
            : null;

    /// <summary>Whether the file has the field, null included: some defaults hold only where it is absent.</summary>
    public bool Has(string name) => _config.TryGetProperty(name, out _);

    /// <summary>A whole number that divides another one.</summary>
    /// <exception cref="CheckpointFormatException">It is missing, or no divisor.</exception>
    public int DivisorOf(int whole, string name, string? alias = null)
    {
        var value = Positive(name, alias: alias, max: MaxHeads);
        return whole % value == 0 ? value : throw Wrong(name, $"a divisor of {whole}", $"{value}");
    }

    /// <summary>A finite number from 0.</summary>
    /// <inheritdoc cref="Positive"/>
    public double Number(string name, double defaultValue, string? alias = null) => OptionalNumber(name, alias) ?? defaultValue;

    /// <summary>A finite number from 0, or null where the field is absent or null.</summary>
    /// <inheritdoc cref="Positive"/>
    public double? OptionalNumber(string name, string? alias = null) => Find(name, alias) is not { } field ? null : ToNumber(name, field);

    /// <summary>True or false.</summary>
    /// <inheritdoc cref="Positive"/>
    public bool Flag(string name, bool defaultValue) => OptionalFlag(name) ?? defaultValue;

    /// <summary>True or false, or null where the field is absent or null.</summary>
    /// <inheritdoc cref="Positive"/>
    public bool? OptionalFlag(string name) => Find(name) is not { } field
        ? null
        : field.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? field.GetBoolean()
            : throw Wrong(name, "true or false", TextOf(field));

    /// <summary>A field that says something for each block, or null where it is absent or null.</summary>
    /// <param name="name">The field.</param>
    /// <param name="count">How many values it must have.</param>
    /// <exception cref="CheckpointFormatException">It is no list of that length.</exception>
    public IReadOnlyList<string>? PerBlock(string name, int count) => Find(name) is not { } field
        ? null
        : field.ValueKind == JsonValueKind.Array && field.GetArrayLength() == count
            ? [.. field.EnumerateArray().Select(TextOf)]
            : throw Wrong(name, $"a list of {count} values, one for each block", TextOf(field));

    /// <summary>A field of which only some values are computed: others, and not null, count as unsupported.</summary>
    /// <param name="name">The field.</param>
    /// <param name="accepted">The values whose meaning is computed, as JSON without quotation marks.</param>
    public void Accept(string name, params ReadOnlySpan<string> accepted)
    {
        if (Find(name) is { } field && !accepted.Contains(TextOf(field)))
        {
            Reject(name, accepted.Length == 0 ? "nothing" : string.Join(" or ", accepted.ToArray()), TextOf(field));
        }
    }

    /// <summary>Fields that this family has and that do not change its forward pass.</summary>
    public void Ignore(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            _known.Add(name);
        }
    }

    /// <summary>Notes that a field asks for something that is not computed.</summary>
    public void Reject(string field, string expected, string found) =>
        _unsupported.Add(new UnsupportedSetting(File, field, expected, found));

    /// <summary>
    /// What could change the forward pass and is not computed: rejected fields, then those that nobody asked for, in the order of the file.
    /// </summary>
    public IReadOnlyList<UnsupportedSetting> FindUnsupported() =>
    [
        .. _unsupported,
        .. _config.EnumerateObject()
            .Where(field => field.Value.ValueKind != JsonValueKind.Null
                && !_known.Contains(field.Name)
                && !HarmlessFields.Contains(field.Name, TextOf(field.Value)))
            .Select(field => new UnsupportedSetting(
                File, field.Name, $"a field that is known of {ModelType}", Shorten(TextOf(field.Value))))
            .DistinctBy(setting => setting.Field),
    ];

    // Null counts as absent, as it does where these files are written.
    internal JsonElement? Find(string name, string? alias = null)
    {
        _known.Add(name);
        var field = _config.TryGetProperty(name, out var found) && found.ValueKind != JsonValueKind.Null ? found : (JsonElement?)null;
        if (alias is null || Find(alias) is not { } other)
        {
            return field;
        }

        return field is null || TextOf(field.Value) == TextOf(other)
            ? other
            : throw Wrong(alias, $"{TextOf(field.Value)}, as {name} says", TextOf(other));
    }

    internal double ToNumber(string name, JsonElement field) =>
        field.ValueKind == JsonValueKind.Number && field.TryGetDouble(out var value) && value >= 0 && double.IsFinite(value)
            ? value
            : throw Wrong(name, "a finite number from 0", TextOf(field));

    internal static string TextOf(JsonElement field) => field.ValueKind == JsonValueKind.String ? field.GetString()! : field.GetRawText();

    internal CheckpointFormatException Wrong(string name, string expected, string found) =>
        new(File, name, expected, Shorten(found), Advice);

    private static string Shorten(string value) => value.Length <= 80 ? value : $"{value[..80]}...";
}
