using System.Text.Json;
using PythiaOrleans.Checkpoints.Families;

namespace PythiaOrleans.Analyses.Tests;

/// <summary>Llama and its like written down a second time as plain loops in float64, from the <c>config.json</c> itself.</summary>
internal sealed class LoopLlama
{
    private readonly JsonElement _config;
    private readonly Func<WeightName, double[]> _weights;
    private readonly string _type;
    private readonly int _d;
    private readonly int _blocks;
    private readonly int _heads;
    private readonly int _keyHeads;
    private readonly int _size;
    private readonly double _eps;

    public LoopLlama(JsonElement config, Func<WeightName, double[]> weights)
    {
        (_config, _weights, _type) = (config, weights, config.GetProperty("model_type").GetString()!);
        (_d, _blocks, _heads) = (Int("hidden_size")!.Value, Int("num_hidden_layers")!.Value, Int("num_attention_heads")!.Value);
        (_keyHeads, _size) = (Int("num_key_value_heads") ?? _heads, Int("head_dim") ?? _d / _heads);
        _eps = config.TryGetProperty("rms_norm_eps", out var eps) ? eps.GetDouble() : IsOlmo23 ? 1e-5 : 1e-6;
    }

    /// <summary>Called with block, head, query, key and the attention of each pair that is seen.</summary>
    public Action<int, int, int, int, double>? OnAttention { get; init; }

    /// <summary>Changes the stream after the embedding (0) and after each block (1 ... L); what it gives goes on.</summary>
    public Func<int, double[], double[]>? Change { get; init; }

    /// <summary>Called with block and what its MLP adds to the stream.</summary>
    public Action<int, double[]>? OnMlp { get; init; }

    private bool IsOlmo23 => _type is "olmo2" or "olmo3";

    public double[][] Run(int[] tokens)
    {
        var words = Of("embed_in", null);
        var x = tokens.SelectMany(token => words[(token * _d)..((token + 1) * _d)]).ToArray();
        x = Change?.Invoke(0, x) ?? x;
        var stages = new List<double[]> { x };
        for (var block = 0; block < _blocks; block++)
        {
            x = LoopModel.Add(
                x,
                IsOlmo23
                    ? Norm(Attention(x, block), "post_attention_layernorm", block)
                    : Attention(Norm(x, "input_layernorm", block), block));
            var mlp = IsOlmo23
                ? Norm(Mlp(x, block), "post_mlp_layernorm", block)
                : Mlp(Norm(x, "post_attention_layernorm", block), block);
            OnMlp?.Invoke(block, mlp);
            x = LoopModel.Add(x, mlp);
            x = Change?.Invoke(block + 1, x) ?? x;
            stages.Add(x);
        }

        var tied = Flag("tie_word_embeddings") ?? _type == "smollm3";
        stages.Add(LoopModel.Matrix(Norm(x, "final_layer_norm", null), tied ? words : Of("embed_out", null), null, _d));
        return [.. stages];
    }

    private static double[] Rms(double[] x, double[] gain, double eps) =>
    [
        .. x.Chunk(gain.Length).SelectMany(row => row.Select((value, i) => value / Math.Sqrt(row.Average(v => v * v) + eps) * gain[i])),
    ];

    private double[] Norm(double[] x, string component, int? block)
    {
        if (_type != "olmo")
        {
            return Rms(x, Of(component, block), _eps);
        }

        return
        [
            .. x.Chunk(_d).SelectMany(row =>
            {
                var mean = row.Average();
                return row.Select(value => (value - mean) / Math.Sqrt(row.Average(v => (v - mean) * (v - mean)) + 1e-5));
            }),
        ];
    }

    private double[] Mlp(double[] x, int block)
    {
        var inner = Int("intermediate_size")!.Value;
        var biased = Flag("mlp_bias") ?? false;
        var (gate, up) = (Linear(x, "mlp.gate", block, _d, biased), Linear(x, "mlp.dense_h_to_4h", block, _d, biased));
        return Linear([.. gate.Zip(up, (g, u) => g / (1 + Math.Exp(-g)) * u)], "mlp.dense_4h_to_h", block, inner, biased);
    }

    private double[] Attention(double[] x, int block)
    {
        var biased = Flag("attention_bias") ?? _type == "qwen2";
        var (queries, keys, values) = (
            Clamp(Linear(x, "attention.query", block, _d, biased)),
            Clamp(Linear(x, "attention.key", block, _d, biased)),
            Clamp(Linear(x, "attention.value", block, _d, biased)));
        if (IsOlmo23 || _type == "qwen3") // the gain's length says whether of one head or of all
        {
            (queries, keys) = (Rms(queries, Of("attention.query_norm", block), _eps), Rms(keys, Of("attention.key_norm", block), _eps));
        }

        var (length, sharing) = (x.Length / _d, _heads / _keyHeads);
        var window = Window(block);
        var rotary = new LoopRotary(
            _config, _size, length, scaled: _type != "olmo3" || window is null, rotaryBase: _type == "smollm3" ? 2_000_000 : 10_000);
        var mixed = LoopModel.Mix(
            length, _heads, _size,
            (p, h) => Turned(Head(queries, _heads, p, h), p),
            (p, h) => Turned(Head(keys, _keyHeads, p, h / sharing), p),
            (p, h) => Head(values, _keyHeads, p, h / sharing),
            window ?? int.MaxValue,
            onAttention: (head, query, key, attention) => OnAttention?.Invoke(block, head, query, key, attention));
        return Linear(mixed, "attention.dense", block, _heads * _size, biased && _type != "qwen2");

        double[] Head(double[] all, int heads, int position, int head) =>
            all[(((position * heads) + head) * _size)..(((position * heads) + head + 1) * _size)];

        double[] Turned(double[] head, int position) => IsRotary(block) ? rotary.Rotate(head, position) : head;
    }

    private bool IsRotary(int block) => _type != "smollm3"
        || (_config.TryGetProperty("no_rope_layers", out var layers)
            ? layers[block].GetInt32() == 1
            : (block + 1) % (Int("no_rope_layer_interval") ?? 4) != 0);

    private int? Window(int block)
    {
        if (Int("sliding_window") is not { } window || (_type is "qwen2" or "qwen3" && Flag("use_sliding_window") != true))
        {
            return null;
        }

        return _config.TryGetProperty("layer_types", out var types)
            ? types[block].GetString() == "sliding_attention" ? window : null
            : _type switch
            {
                "mistral" => window,
                "olmo3" => (block + 1) % 4 != 0 ? window : null,
                "qwen2" or "qwen3" => block >= Int("max_window_layers") ? window : null,
                _ => null,
            };
    }

    private double[] Clamp(double[] x) => _config.TryGetProperty("clip_qkv", out var limit) && limit.ValueKind == JsonValueKind.Number
        ? [.. x.Select(value => Math.Max(-limit.GetDouble(), Math.Min(limit.GetDouble(), value)))]
        : x;

    private double[] Linear(double[] x, string component, int block, int inner, bool biased) =>
        LoopModel.Matrix(x, Of(component, block), biased ? _weights(new WeightName(component, block, "bias")) : null, inner);

    private double[] Of(string component, int? block) => _weights(new WeightName(component, block, "weight"));

    private int? Int(string name) =>
        _config.TryGetProperty(name, out var field) && field.ValueKind == JsonValueKind.Number ? field.GetInt32() : null;

    private bool? Flag(string name) =>
        _config.TryGetProperty(name, out var field) && field.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? field.GetBoolean()
            : null;
}
