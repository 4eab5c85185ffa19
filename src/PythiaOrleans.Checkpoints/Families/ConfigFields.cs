using System.Text.Json;
using PythiaOrleans.Checkpoints.Formats;

namespace PythiaOrleans.Checkpoints.Families;

/// <summary>Reads the fields of a <c>config.json</c> and says what is wrong with one that makes no sense.</summary>
internal readonly struct ConfigFields(string file, JsonElement config)
{
    private const string Advice = "Check that config.json belongs to these weights.";

    // No model has a dimension near this; beyond it products of sizes would overflow.
    private const int Largest = 10_000_000;

    /// <summary>A whole number from 1.</summary>
    public int Positive(string name, int? otherwise = null)
    {
        if (!config.TryGetProperty(name, out var field))
        {
            return otherwise ?? throw Wrong(name, "a whole number from 1", "nothing");
        }

        return field.ValueKind == JsonValueKind.Number && field.TryGetInt32(out var value) && value is > 0 and <= Largest
            ? value
            : throw Wrong(name, $"a whole number from 1 to {Largest}", field.GetRawText());
    }

    /// <summary>A whole number that divides another without rest.</summary>
    public int DivisorOf(int whole, string name, int? otherwise = null)
    {
        var value = Positive(name, otherwise);
        return whole % value == 0 ? value : throw Wrong(name, $"a divisor of {whole}", $"{value}");
    }

    /// <summary>A whole number from 1, or null where the field is absent or null.</summary>
    public int? MaybePositive(string name) =>
        config.TryGetProperty(name, out var field) && field.ValueKind != JsonValueKind.Null ? Positive(name) : null;

    /// <summary>A number from 0.</summary>
    public double Number(string name, double otherwise) => !config.TryGetProperty(name, out var field)
        ? otherwise
        : field.ValueKind == JsonValueKind.Number && field.TryGetDouble(out var value) && value >= 0
            ? value
            : throw Wrong(name, "a number from 0", field.GetRawText());

    /// <summary>True or false.</summary>
    public bool Flag(string name, bool otherwise) => !config.TryGetProperty(name, out var field)
        ? otherwise
        : field.ValueKind is JsonValueKind.True or JsonValueKind.False ? field.GetBoolean() : throw Wrong(name, "true or false", field.GetRawText());

    /// <summary>Says which of the fields ask for something else than is usual, each with what is.</summary>
    public string? Unusual(params ReadOnlySpan<(string Name, string[] Usual)> expected)
    {
        var found = new List<string>();
        foreach (var (name, usual) in expected)
        {
            if (config.TryGetProperty(name, out var field) && field.ValueKind is not (JsonValueKind.Null or JsonValueKind.False) && !usual.Contains(field.ToString()))
            {
                found.Add($"{name} {field.GetRawText()}");
            }
        }

        return found.Count == 0 ? null : string.Join(" and ", found);
    }

    private CheckpointFormatException Wrong(string name, string expected, string found) => new(file, name, expected, found, Advice);
}
