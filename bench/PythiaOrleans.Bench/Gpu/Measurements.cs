using System.Text.Json;
using System.Text.Json.Nodes;

namespace PythiaOrleans.Bench.Gpu;

/// <summary>The numbers of a stage, written whole after each one: what was measured before a crash is kept.</summary>
internal sealed class Measurements
{
    /// <summary>The variable that names the file.</summary>
    public const string Variable = "GPU_KIT_NUMBERS";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly JsonObject _values = [];
    private readonly string _file = Environment.GetEnvironmentVariable(Variable) ?? Path.GetTempFileName();

    /// <summary>Whether all that was held to a limit kept it.</summary>
    public bool AllHold { get; private set; } = true;

    /// <summary>Adds a number, a text or a truth value.</summary>
    public void Add(string name, JsonNode? value)
    {
        _values[name] = value;
        Console.WriteLine($"{name}: {value?.ToJsonString() ?? "unknown"}");
        var fresh = $"{_file}.new";
        File.WriteAllText(fresh, _values.ToJsonString(Indented));
        File.Move(fresh, _file, overwrite: true);
    }

    /// <summary>Adds a number that must not be larger than a limit.</summary>
    public void AddAtMost(string name, double value, double limit)
    {
        // JSON knows no NaN; one is never within a limit.
        Add(name, double.IsFinite(value) ? value : JsonValue.Create(value.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        AllHold &= value <= limit;
    }

    /// <summary>Adds what must be true.</summary>
    public void AddHolds(string name, bool holds)
    {
        Add(name, holds);
        AllHold &= holds;
    }
}
