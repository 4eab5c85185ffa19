using PythiaOrleans.Checkpoints.Families;

namespace PythiaOrleans.Analyses.Tests;

/// <summary>Llama and its like written down once more as plain loops in float64.</summary>
internal sealed class LoopLlama(ModelShape shape, Func<WeightName, double[]> weights)
{
    public double[][] Run(int[] tokens)
    {
        var d = shape.HiddenSize;
        var words = Of("embed_in", null);
        var x = tokens.SelectMany(token => words[(token * d)..((token + 1) * d)]).ToArray();
        var stages = new List<double[]> { x };
        for (var block = 0; block < shape.Blocks; block++)
        {
            var after = shape.ModelType == "olmo2";
            x = LoopModel.Add(x, after ? Norm(Attention(x, block), "post_attention_layernorm", block) : Attention(Norm(x, "input_layernorm", block), block));
            x = LoopModel.Add(x, after ? Norm(Mlp(x, block), "post_mlp_layernorm", block) : Mlp(Norm(x, "post_attention_layernorm", block), block));
            stages.Add(x);
        }

        stages.Add(LoopModel.Matrix(Norm(x, "final_layer_norm", null), shape.TiedEmbedding ? words : Of("embed_out", null), null, d));
        return [.. stages];
    }

    private static double[] Rms(double[] x, double[] gain, double eps) =>
    [
        .. x.Chunk(gain.Length).SelectMany(row => row.Select((value, i) => value / Math.Sqrt(row.Average(v => v * v) + eps) * gain[i])),
    ];

    private double[] Norm(double[] x, string component, int? block)
    {
        if (shape.ModelType != "olmo")
        {
            return Rms(x, Of(component, block), shape.LayerNormEps);
        }

        return
        [
            .. x.Chunk(shape.HiddenSize).SelectMany(row =>
            {
                var mean = row.Average();
                return row.Select(value => (value - mean) / Math.Sqrt(row.Average(v => (v - mean) * (v - mean)) + 1e-5));
            }),
        ];
    }

    private double[] Mlp(double[] x, int block)
    {
        var (gate, up) = (Linear(x, "mlp.gate", block, shape.HiddenSize), Linear(x, "mlp.dense_h_to_4h", block, shape.HiddenSize));
        return Linear([.. gate.Zip(up, (g, u) => g / (1 + Math.Exp(-g)) * u)], "mlp.dense_4h_to_h", block, shape.IntermediateSize);
    }

    private double[] Attention(double[] x, int block)
    {
        var (size, few) = (shape.HeadSize, shape.KeyValueHeads ?? shape.Heads);
        var (queries, keys, values) = (Linear(x, "attention.query", block, shape.HiddenSize), Linear(x, "attention.key", block, shape.HiddenSize), Linear(x, "attention.value", block, shape.HiddenSize));
        if (shape.ModelType == "olmo2")
        {
            (queries, keys) = (Rms(queries, Of("attention.query_norm", block), shape.LayerNormEps), Rms(keys, Of("attention.key_norm", block), shape.LayerNormEps));
        }

        var sharing = shape.Heads / few;
        var mixed = LoopModel.Mix(
            x.Length / shape.HiddenSize, shape.Heads, size,
            (p, h) => LoopModel.Rotate(Head(queries, shape.Heads, p, h), p, size, shape.RotaryBase),
            (p, h) => LoopModel.Rotate(Head(keys, few, p, h / sharing), p, size, shape.RotaryBase),
            (p, h) => Head(values, few, p, h / sharing));
        return Linear(mixed, "attention.dense", block, shape.Heads * size);

        double[] Head(double[] all, int heads, int position, int head) => all[(((position * heads) + head) * size)..(((position * heads) + head + 1) * size)];
    }

    private double[] Linear(double[] x, string component, int block, int inner)
    {
        var biased = shape.AttentionBias && component.StartsWith("attention", StringComparison.Ordinal) && !(shape.ModelType == "qwen2" && component == "attention.dense");
        return LoopModel.Matrix(x, Of(component, block), biased ? weights(new WeightName(component, block, "bias")) : null, inner);
    }

    private double[] Of(string component, int? block) => weights(new WeightName(component, block, "weight"));
}
