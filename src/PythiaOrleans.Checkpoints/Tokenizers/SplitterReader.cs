using System.Text.Json;
using System.Text.RegularExpressions;
using PythiaOrleans.Checkpoints.Formats;

namespace PythiaOrleans.Checkpoints.Tokenizers;

/// <summary>Reads the <c>pre_tokenizer</c> of a <c>tokenizer.json</c>: byte level, alone or after splits by patterns and digits.</summary>
/// <remarks>What is not read exactly as the reference does is refused with its place in the file.</remarks>
internal sealed class SplitterReader(string file)
{
    private const int MaxSteps = 32;

    private readonly List<ITextSplitter> _splitters = [];
    private bool _isByteLevel;

    /// <summary>The splitters of a <c>pre_tokenizer</c>.</summary>
    /// <exception cref="CheckpointFormatException">It is of another kind, or has a setting that is not computed.</exception>
    public ITextSplitter Read(JsonElement? field)
    {
        if (field is not { ValueKind: JsonValueKind.Object } root)
        {
            throw Wrong("pre_tokenizer.type", "ByteLevel, alone or in a Sequence", "nothing");
        }

        try
        {
            Add("pre_tokenizer", root);
        }
        catch (InvalidOperationException error)
        {
            throw Wrong("pre_tokenizer", "text in Unicode", error.Message); // half of a surrogate pair
        }

        return _isByteLevel
            ? new SplitterChain(_splitters)
            : throw Wrong("pre_tokenizer.type", "a Sequence that ends in ByteLevel", "one without it");
    }

    private void Add(string place, JsonElement step)
    {
        var type = Text(step, "type");
        if (_isByteLevel)
        {
            throw Wrong($"{place}.type", "nothing after ByteLevel", type);
        }

        switch (type)
        {
            case "ByteLevel":
                AddByteLevel(place, step);
                break;
            case "Digits":
                _splitters.Add(new DigitSplitter(Flag(place, step, "individual_digits", false)));
                break;
            case "Split":
                AddPattern(place, step);
                break;
            case "Sequence":
                AddSequence(place, step);
                break;
            default:
                throw Wrong($"{place}.type", "ByteLevel, Split, Digits or a Sequence of them", type);
        }
    }

    private void AddSequence(string place, JsonElement step)
    {
        var isList = step.TryGetProperty("pretokenizers", out var steps) && steps.ValueKind == JsonValueKind.Array;
        if (!isList || steps.GetArrayLength() is 0 or > MaxSteps)
        {
            throw Wrong($"{place}.pretokenizers", $"a list of 1 to {MaxSteps} steps", isList ? $"{steps.GetArrayLength()}" : "none");
        }

        foreach (var (index, next) in steps.EnumerateArray().Index())
        {
            Add($"{place}.pretokenizers[{index}]", next);
        }
    }

    private void AddByteLevel(string place, JsonElement step)
    {
        if (Flag(place, step, "add_prefix_space", false))
        {
            throw Wrong($"{place}.add_prefix_space", "false", "true");
        }

        if (Flag(place, step, "use_regex", true))
        {
            _splitters.Add(new ByteLevelSplitter());
        }

        _isByteLevel = true;
    }

    private void AddPattern(string place, JsonElement step)
    {
        var (behavior, invert) = (Text(step, "behavior"), Flag(place, step, "invert", false));
        if (behavior != "Isolated" && !(behavior == "Removed" && invert))
        {
            throw Wrong($"{place}.behavior", "Isolated, or Removed with invert", invert ? $"{behavior} with invert" : behavior);
        }

        var hasPattern = step.TryGetProperty("pattern", out var pattern) && pattern.ValueKind == JsonValueKind.Object;
        var expression = hasPattern ? Text(pattern, "Regex") : "";
        if (expression.Length == 0)
        {
            var literal = hasPattern ? Text(pattern, "String") : "";
            expression = literal.Length > 0 ? Regex.Escape(literal) : throw Wrong($"{place}.pattern", "a Regex or a String", "neither");
        }

        try
        {
            _splitters.Add(new PatternSplitter(expression, keepsGaps: behavior == "Isolated"));
        }
        catch (ArgumentException error)
        {
            throw Wrong($"{place}.pattern", "a regular expression that .NET has too", error.Message);
        }
    }

    private bool Flag(string place, JsonElement step, string name, bool defaultValue) => !step.TryGetProperty(name, out var field)
        ? defaultValue
        : field.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? field.GetBoolean()
            : throw Wrong($"{place}.{name}", "true or false", field.GetRawText());

    private static string Text(JsonElement step, string name) =>
        step.ValueKind == JsonValueKind.Object && step.TryGetProperty(name, out var field) && field.ValueKind == JsonValueKind.String
            ? field.GetString()! : "";

    private CheckpointFormatException Wrong(string place, string expected, string found) =>
        new(file, place, expected, found.Length == 0 ? "nothing" : found, TextTokenizer.Advice);
}
