using PythiaOrleans.Checkpoints.Formats;

namespace PythiaOrleans.Checkpoints.Families;

/// <summary>
/// How one <c>model_type</c> differs from Llama: its norms, and what its configuration class takes where a field is absent.
/// </summary>
public sealed record LlamaVariant
{
    private const string Sliding = "sliding_attention";
    private const string Full = "full_attention";

    /// <summary>Every variant, by <c>model_type</c>.</summary>
    public static IReadOnlyDictionary<string, LlamaVariant> All { get; } = new Dictionary<string, LlamaVariant>(StringComparer.Ordinal)
    {
        ["llama"] = new(),
        ["mistral"] = new() { Window = 4096, Context = 131_072, HasWindow = true },
        ["olmo"] = new() { Norms = LlamaNorms.WithoutParameters },
        ["olmo2"] = new() { Norms = LlamaNorms.OfOutputs, NormsQueriesAndKeys = true, Eps = 1e-5 },
        ["olmo3"] = new()
        {
            Norms = LlamaNorms.OfOutputs,
            NormsQueriesAndKeys = true,
            Eps = 1e-5,
            HasWindow = true,
            Window = 4096,
            WindowPeriod = 4,
            ScalesRotaryInFullBlocksOnly = true,
        },
        ["qwen2"] = new()
        {
            AttentionBias = true,
            OutputBias = false,
            Context = 32_768,
            HasWindow = true,
            HasWindowSwitch = true,
            Window = 4096,
        },
        ["qwen3"] = new()
        {
            NormsQueriesAndKeys = true,
            NormsEachHead = true,
            Context = 32_768,
            HeadDimension = 128,
            HasWindow = true,
            HasWindowSwitch = true,
            Window = 4096,
        },
        ["smollm3"] = new()
        {
            TiedEmbedding = true,
            Context = 32_768,
            RotaryBase = 2_000_000,
            SkipsRotary = true,
            HasWindow = true,
            HasWindowSwitch = true,
        },
    };

    /// <summary>Where norms are.</summary>
    public LlamaNorms Norms { get; private init; }

    /// <summary>Whether queries and keys have norms.</summary>
    public bool NormsQueriesAndKeys { get; private init; }

    /// <summary>Whether those norms are of each head and not of all heads together.</summary>
    public bool NormsEachHead { get; private init; }

    /// <summary>Whether only the blocks without a window scale their rotary frequencies (OLMo 3).</summary>
    public bool ScalesRotaryInFullBlocksOnly { get; private init; }

    internal bool AttentionBias { get; private init; }

    internal bool OutputBias { get; private init; } = true;

    internal bool TiedEmbedding { get; private init; }

    internal int? HeadDimension { get; private init; }

    internal int Context { get; private init; } = 2048;

    internal double RotaryBase { get; private init; } = 10_000;

    private double Eps { get; init; } = 1e-6;

    private bool SkipsRotary { get; init; }

    private bool HasWindow { get; init; }

    // Whether use_sliding_window must be true for the window to hold.
    private bool HasWindowSwitch { get; init; }

    private int? Window { get; init; }

    private int? WindowPeriod { get; init; }

    /// <summary>ε of the norms. OLMo 1 has 1e-5 whatever its configuration says.</summary>
    internal double ReadEps(ConfigFields config)
    {
        if (Norms != LlamaNorms.WithoutParameters)
        {
            return config.Number("rms_norm_eps", Eps);
        }

        config.Ignore("rms_norm_eps");
        return 1e-5;
    }

    /// <summary>The blocks with rotary embeddings; null is all.</summary>
    internal IReadOnlyList<int>? ReadRotaryBlocks(ConfigFields config, int blocks)
    {
        if (!SkipsRotary)
        {
            return null;
        }

        var period = config.Positive("no_rope_layer_interval", 4);
        var listed = config.PerBlock("no_rope_layers", blocks); // 1 is a block with rotary embeddings, in spite of the name
        if (listed?.FirstOrDefault(value => value is not ("0" or "1")) is { } other)
        {
            throw new CheckpointFormatException(config.File, "no_rope_layers", "0 or 1 for each block", other, "Check config.json.");
        }

        return [.. Enumerable.Range(0, blocks).Where(block => listed is null ? (block + 1) % period != 0 : listed[block] == "1")];
    }

    /// <summary>The window, and the blocks in which it holds; null is all.</summary>
    internal (int Window, IReadOnlyList<int>? Blocks) ReadWindow(ConfigFields config, int blocks)
    {
        if (!HasWindow)
        {
            return (int.MaxValue, null);
        }

        var isUsed = !HasWindowSwitch || config.Flag("use_sliding_window", false);
        var window = config.Has("sliding_window") ? config.OptionalPositive("sliding_window", max: int.MaxValue) : Window;
        var from = HasWindowSwitch ? config.OptionalWhole("max_window_layers") ?? 28 : 0;
        var types = config.PerBlock("layer_types", blocks);
        foreach (var type in (types ?? []).Where(type => type is not (Sliding or Full)).Distinct(StringComparer.Ordinal))
        {
            config.Reject("layer_types", $"{Full} or {Sliding}", type);
        }

        if (!isUsed && types?.Contains(Sliding) == true)
        {
            config.Reject("use_sliding_window", $"true, as {Sliding} in layer_types needs it", "false");
        }

        if (window is null || !isUsed)
        {
            return (int.MaxValue, null);
        }

        if (types is null && ReadRotaryBlocks(config, blocks) is { } rotary)
        {
            return (window.Value, [.. Enumerable.Range(0, blocks).Except(rotary)]);
        }

        int[] windowed =
        [
            .. Enumerable.Range(0, blocks).Where(block => types is not null
                ? types[block] == Sliding
                : WindowPeriod is { } period ? (block + 1) % period != 0 : block >= from),
        ];
        return (window.Value, windowed.Length == blocks ? null : windowed);
    }
}
