using System.Text.Json;

namespace PythiaOrleans.Checkpoints.Families;

/// <summary>
/// Reads rotary settings under all their spellings: <c>rope_theta</c>, <c>rotary_emb_base</c>, <c>rotary_pct</c>,
/// <c>partial_rotary_factor</c> at the top level, and
/// <c>rope_parameters</c> (transformers 5) or <c>rope_scaling</c> (before) as an object.
/// </summary>
/// <remarks>What is said twice must agree. What is not understood counts as unsupported, under its name.</remarks>
public sealed class RotaryFields
{
    private static readonly string[] Objects = ["rope_parameters", "rope_scaling"];

    private readonly ConfigFields _fields;
    private readonly Dictionary<string, (string Path, JsonElement Value)> _nested = new(StringComparer.Ordinal);

    /// <summary>Reads the settings.</summary>
    /// <param name="fields">The configuration.</param>
    /// <param name="defaultShare">The family's share of each head that is rotated.</param>
    /// <param name="defaultBase">The family's base of the frequencies.</param>
    /// <param name="context">The longest context, for scalings that do not name the original one.</param>
    public RotaryFields(ConfigFields fields, double defaultShare, double defaultBase, int context)
    {
        ArgumentNullException.ThrowIfNull(fields);
        _fields = fields;
        foreach (var name in Objects)
        {
            Flatten(name);
        }

        Share = One(defaultShare, "partial_rotary_factor", "rotary_pct");
        Base = One(defaultBase, "rope_theta", "rotary_emb_base");
        Scaling = ReadScaling(context);
        foreach (var (path, value) in _nested.Values)
        {
            fields.Reject(path, "a known setting of rotary embeddings", ConfigFields.TextOf(value));
        }
    }

    /// <summary>The share of each head's dimensions that are rotated.</summary>
    public double Share { get; }

    /// <summary>The base of the frequencies.</summary>
    public double Base { get; }

    /// <summary>How frequencies are changed; null where they are not.</summary>
    public RotaryScaling? Scaling { get; }

    private void Flatten(string name)
    {
        if (_fields.Find(name) is not { } settings)
        {
            return;
        }

        if (settings.ValueKind != JsonValueKind.Object)
        {
            _fields.Reject(name, "an object", ConfigFields.TextOf(settings));
            return;
        }

        foreach (var setting in settings.EnumerateObject().Where(setting => setting.Value.ValueKind != JsonValueKind.Null))
        {
            var key = setting.Name == "type" ? "rope_type" : setting.Name;
            var path = $"{name}.{setting.Name}";
            if (_nested.TryGetValue(key, out var other) && ConfigFields.TextOf(other.Value) != ConfigFields.TextOf(setting.Value))
            {
                _fields.Reject(path, $"{ConfigFields.TextOf(other.Value)}, as {other.Path} says", ConfigFields.TextOf(setting.Value));
            }

            _nested[key] = (path, setting.Value);
        }
    }

    // One number under several names, in the object or outside of it.
    private double One(double defaultValue, params ReadOnlySpan<string> names)
    {
        (string Path, double Value)? found = null;
        foreach (var name in names)
        {
            if (_nested.Remove(name, out var inside))
            {
                Agree(inside.Path, _fields.ToNumber(inside.Path, inside.Value));
            }

            if (_fields.OptionalNumber(name) is { } outside)
            {
                Agree(name, outside);
            }
        }

        return found?.Value ?? defaultValue;

        void Agree(string path, double value)
        {
            if (found is { } first && first.Value != value)
            {
                _fields.Reject(
                    path, FormattableString.Invariant($"{first.Value}, as {first.Path} says"), FormattableString.Invariant($"{value}"));
            }

            found ??= (path, value);
        }
    }

    private RotaryScaling? ReadScaling(int context)
    {
        var (path, type) = _nested.Remove("rope_type", out var stored)
            ? (stored.Path, ConfigFields.TextOf(stored.Value))
            : ("rope_scaling.type", "default");
        if (type == "default")
        {
            return null;
        }

        var original = Whole("original_max_position_embeddings") ?? context;
        switch (type)
        {
            case "linear":
                return new RotaryScaling { Kind = RotaryKind.Linear, Factor = Required(path, "factor"), OriginalContext = original };
            case "dynamic":
                return new RotaryScaling { Kind = RotaryKind.Dynamic, Factor = Required(path, "factor"), OriginalContext = original };
            case "llama3":
                return new RotaryScaling
                {
                    Kind = RotaryKind.Llama3,
                    Factor = Required(path, "factor"),
                    OriginalContext = original,
                    LowFrequencyFactor = Required(path, "low_freq_factor"),
                    HighFrequencyFactor = Required(path, "high_freq_factor"),
                };
            case "yarn":
                return ReadYarn(path, original);
            default:
                // Its settings mean nothing without it.
                _nested.Clear();
                _fields.Reject(path, "one of default, linear, dynamic, llama3, yarn", type);
                return null;
        }
    }

    // The attention factor as transformers computes it where the configuration does not give it.
    private RotaryScaling ReadYarn(string path, int original)
    {
        var factor = Required(path, "factor");
        var (scale, scaleAll) = (Nested("mscale") ?? 0, Nested("mscale_all_dim") ?? 0);
        var attention = Nested("attention_factor") ?? (scale != 0 && scaleAll != 0 ? Magnitude(scale) / Magnitude(scaleAll) : Magnitude(1));
        var truncate = !_nested.Remove("truncate", out var field) || field.Value.ValueKind != JsonValueKind.False;
        return new RotaryScaling
        {
            Kind = RotaryKind.Yarn,
            Factor = factor,
            OriginalContext = original,
            BetaFast = Nested("beta_fast") ?? 32,
            BetaSlow = Nested("beta_slow") ?? 1,
            Truncate = truncate,
            AttentionFactor = attention,
        };

        double Magnitude(double by) => factor <= 1 ? 1 : (0.1 * by * Math.Log(factor)) + 1;
    }

    private double Required(string path, string name)
    {
        var value = Nested(name);
        if (value is not > 0)
        {
            _fields.Reject(
                $"{path[..path.IndexOf('.', StringComparison.Ordinal)]}.{name}", "a number over 0", value is null ? "nothing" : "0");
        }

        return value is > 0 ? value.Value : 1;
    }

    private double? Nested(string name) => _nested.Remove(name, out var field) ? _fields.ToNumber(field.Path, field.Value) : null;

    private int? Whole(string name) => Nested(name) is not { } value
        ? null
        : value >= 1 && value <= ConfigFields.MaxRows && value == Math.Floor(value)
            ? (int)value
            : throw _fields.Wrong(name, $"a whole number from 1 to {ConfigFields.MaxRows}", FormattableString.Invariant($"{value}"));
}
