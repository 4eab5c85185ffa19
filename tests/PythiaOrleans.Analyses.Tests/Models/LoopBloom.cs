using PythiaOrleans.Checkpoints.Families;

namespace PythiaOrleans.Analyses.Tests;

/// <summary>BLOOM written down a second time as plain loops in float64: ALiBi by the distance of two tokens, as the paper has it.</summary>
internal sealed class LoopBloom(ModelShape shape, Func<WeightName, double[]> weights)
{
    /// <summary>Called with block, head, query, key and the attention of each pair that is seen.</summary>
    public Action<int, int, int, int, double>? OnAttention { get; init; }

    public double[][] Run(int[] tokens)
    {
        var d = shape.HiddenSize;
        var words = Of("embed_in", null, "weight");
        var x = tokens.SelectMany(token => words[(token * d)..((token + 1) * d)]).ToArray();
        var stages = new List<double[]> { x };
        x = Norm(x, "embedding_layernorm", null);
        for (var block = 0; block < shape.Blocks; block++)
        {
            x = LoopModel.Add(x, Attention(Norm(x, "input_layernorm", block), block));
            var inner = Linear(Norm(x, "post_attention_layernorm", block), "mlp.dense_h_to_4h", block, d);
            x = LoopModel.Add(x, Linear([.. inner.Select(Gelu)], "mlp.dense_4h_to_h", block, shape.IntermediateSize));
            stages.Add(x);
        }

        stages.Add(LoopModel.Matrix(Norm(x, "final_layer_norm", null), words, null, d));
        return [.. stages];
    }

    private static double Gelu(double x) => x / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))));

    private double[] Attention(double[] x, int block)
    {
        var (d, size) = (shape.HiddenSize, shape.HeadSize);
        var packed = Linear(x, "attention.query_key_value", block, d);
        var mixed = LoopModel.Mix(
            x.Length / d, shape.Heads, size, (p, h) => Part(p, h, 0), (p, h) => Part(p, h, 1), (p, h) => Part(p, h, 2),
            penalty: (distance, head) => -Slope(head) * distance,
            onAttention: (head, query, key, attention) => OnAttention?.Invoke(block, head, query, key, attention));
        return Linear(mixed, "attention.dense", block, d);

        double[] Part(int position, int head, int part) =>
            packed[((position * 3 * d) + (((head * 3) + part) * size))..((position * 3 * d) + (((head * 3) + part + 1) * size))];
    }

    // Eight heads: 1/2, 1/4, ... 1/256. Of a number between two powers the rest take every second slope of the next power.
    private double Slope(int head)
    {
        var power = shape.Heads is 3 ? 2 : 4;
        return head < power ? Math.Pow(2, -8.0 / power * (head + 1)) : Math.Pow(2, -8.0 / (2 * power) * ((2 * (head - power)) + 1));
    }

    private double[] Linear(double[] x, string component, int block, int inner) =>
        LoopModel.Matrix(x, Of(component, block, "weight"), Of(component, block, "bias"), inner);

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
}
