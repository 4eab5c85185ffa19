using System.Text.Json;
using PythiaOrleans.Checkpoints.Families;

namespace PythiaOrleans.Analyses.Tests;

/// <summary>GPT-2 written down once more as plain loops in float64.</summary>
internal sealed class LoopGpt2(ModelShape shape, Func<WeightName, double[]> weights, JsonElement config = default)
{
    /// <summary>Called with block, head, query, key and the attention of each pair that is seen.</summary>
    public Action<int, int, int, int, double>? OnAttention { get; init; }

    /// <summary>Changes the stream after the embedding (0) and after each block (1 ... L); what it gives goes on.</summary>
    public Func<int, double[], double[]>? Change { get; init; }

    /// <summary>Called with block and what its MLP adds to the stream.</summary>
    public Action<int, double[]>? OnMlp { get; init; }

    public double[][] Run(int[] tokens)
    {
        var d = shape.HiddenSize;
        var (words, places) = (Of("embed_in", null, "weight"), Of("embed_position", null, "weight"));
        var x = tokens.SelectMany(
            (token, position) => LoopModel.Add(words[(token * d)..((token + 1) * d)], places[(position * d)..((position + 1) * d)]))
            .ToArray();
        x = Change?.Invoke(0, x) ?? x;
        var stages = new List<double[]> { x };
        for (var block = 0; block < shape.Blocks; block++)
        {
            x = LoopModel.Add(x, Attention(Norm(x, "input_layernorm", block), block));
            var inner = Linear(Norm(x, "post_attention_layernorm", block), "mlp.dense_h_to_4h", block, d);
            var mlp = Linear([.. inner.Select(Gelu)], "mlp.dense_4h_to_h", block, shape.IntermediateSize);
            OnMlp?.Invoke(block, mlp);
            x = LoopModel.Add(x, mlp);
            x = Change?.Invoke(block + 1, x) ?? x;
            stages.Add(x);
        }

        var tied = Flag("tie_word_embeddings") ?? true;
        stages.Add(LoopModel.Matrix(Norm(x, "final_layer_norm", null), tied ? words : Of("embed_out", null, "weight"), null, d));
        return [.. stages];
    }

    private static double Gelu(double x) => x / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))));

    private double[] Attention(double[] x, int block)
    {
        var (d, size) = (shape.HiddenSize, shape.HiddenSize / shape.Heads);
        var packed = Linear(x, "attention.query_key_value", block, d);
        var scale = (Flag("scale_attn_weights") ?? true ? 1 / Math.Sqrt(size) : 1) / (
            Flag("scale_attn_by_inverse_layer_idx") ?? false ? block + 1 : 1);
        var mixed = LoopModel.Mix(
            x.Length / d, shape.Heads, size, (p, h) => Part(p, h, 0), (p, h) => Part(p, h, 1), (p, h) => Part(p, h, 2), scale: scale,
            onAttention: (head, query, key, attention) => OnAttention?.Invoke(block, head, query, key, attention));
        return Linear(mixed, "attention.dense", block, d);

        // All queries, then all keys, then all values.
        double[] Part(int position, int head, int part) =>
            packed[((position * 3 * d) + (part * d) + (head * size))..((position * 3 * d) + (part * d) + ((head + 1) * size))];
    }

    // W is stored [in, out].
    private double[] Linear(double[] x, string component, int block, int inner)
    {
        var (weight, bias) = (Of(component, block, "weight"), Of(component, block, "bias"));
        var outer = bias.Length;
        var turned = new double[weight.Length];
        for (var i = 0; i < weight.Length; i++)
        {
            turned[((i % outer) * inner) + (i / outer)] = weight[i];
        }

        return LoopModel.Matrix(x, turned, bias, inner);
    }

    private double[] Norm(double[] x, string component, int? block)
    {
        var (gain, bias) = (Of(component, block, "weight"), Of(component, block, "bias"));
        return
        [
            .. x.Chunk(shape.HiddenSize).SelectMany(row =>
            {
                var mean = row.Average();
                var variance = row.Average(value => (value - mean) * (value - mean));
                return row.Select((value, i) => ((value - mean) / Math.Sqrt(variance + shape.LayerNormEps) * gain[i]) + bias[i]);
            }),
        ];
    }

    private double[] Of(string component, int? block, string parameter) => weights(new WeightName(component, block, parameter));

    private bool? Flag(string name) =>
        config.ValueKind == JsonValueKind.Object && config.TryGetProperty(name, out var field) ? field.GetBoolean() : null;
}
