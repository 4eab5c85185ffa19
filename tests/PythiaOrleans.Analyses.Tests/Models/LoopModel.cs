using System.Text.Json;
using PythiaOrleans.Checkpoints.Families;

namespace PythiaOrleans.Analyses.Tests;

/// <summary>
/// GPT-NeoX written down once more as plain loops in float64, from the paper and the published configurations, sharing no code with the
/// product.
/// </summary>
internal sealed class LoopModel(ModelShape shape, Func<WeightName, double[]> weights, JsonElement config = default)
{
    /// <summary>Called with block, head, query, key and the attention of each pair that is seen.</summary>
    public Action<int, int, int, int, double>? OnAttention { get; init; }

    /// <summary>Changes the stream after the embedding (0) and after each block (1 ... L); what it gives goes on.</summary>
    public Func<int, double[], double[]>? Change { get; init; }

    /// <summary>Called with block and what its MLP adds to the stream.</summary>
    public Action<int, double[]>? OnMlp { get; init; }

    /// <summary>
    /// The residual stream after the embedding (0) and after every block (1 ... L), each [length · d], and at the end the logits [length ·
    /// V].
    /// </summary>
    public double[][] Run(int[] tokens)
    {
        var d = shape.HiddenSize;
        var stages = new List<double[]>();
        var embedding = weights(new WeightName("embed_in", null, "weight"));
        var x = tokens.SelectMany(token => embedding[(token * d)..((token + 1) * d)]).ToArray();
        x = Change?.Invoke(0, x) ?? x;
        stages.Add(x);
        for (var block = 0; block < shape.Blocks; block++)
        {
            var attention = Attention(Norm(x, "input_layernorm", block), block);
            var read = shape.ParallelResidual ? x : Add(x, attention);
            var mlp = Mlp(Norm(read, "post_attention_layernorm", block), block);
            OnMlp?.Invoke(block, mlp);
            x = Add(Add(x, attention), mlp);
            x = Change?.Invoke(block + 1, x) ?? x;
            stages.Add(x);
        }

        var tied = config.ValueKind == JsonValueKind.Object
            && config.TryGetProperty("tie_word_embeddings", out var flag)
            && flag.GetBoolean();
        stages.Add(
            Matrix(Norm(x, "final_layer_norm", null), tied ? embedding : weights(new WeightName("embed_out", null, "weight")), null, d));
        return [.. stages];
    }

    internal static double[] Add(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];

    // y = W x + b for every row of x; W is [out, in].
    internal static double[] Matrix(double[] x, double[] weight, double[]? bias, int inner)
    {
        var (rows, outer) = (x.Length / inner, weight.Length / inner);
        var y = new double[rows * outer];
        for (var row = 0; row < rows; row++)
        {
            for (var o = 0; o < outer; o++)
            {
                var sum = bias?[o] ?? 0;
                for (var i = 0; i < inner; i++)
                {
                    sum += weight[(o * inner) + i] * x[(row * inner) + i];
                }

                y[(row * outer) + o] = sum;
            }
        }

        return y;
    }

    private static double Gelu(double x) => x / 2 * (1 + Erf(x / Math.Sqrt(2)));

    // The Taylor series of erf: enough terms for |x| < 5, which is all that small weights give.
    private static double Erf(double x)
    {
        if (Math.Abs(x) > 5)
        {
            return Math.Sign(x);
        }

        var (term, sum) = (x, x);
        for (var n = 1; n < 150; n++)
        {
            term *= -x * x / n;
            sum += term / ((2 * n) + 1);
        }

        return 2 / Math.Sqrt(Math.PI) * sum;
    }

    private double[] Linear(double[] x, string component, int block, int inner) =>
        Matrix(
            x,
            weights(new WeightName(component, block, "weight")),
            IsBiased(component) ? weights(new WeightName(component, block, "bias")) : null,
            inner);

    private bool IsBiased(string component) => !component.StartsWith("attention", StringComparison.Ordinal)
        || config.ValueKind != JsonValueKind.Object || !config.TryGetProperty("attention_bias", out var flag) || flag.GetBoolean();

    private double[] Norm(double[] x, string component, int? block)
    {
        var d = shape.HiddenSize;
        var (gain, bias) = (weights(new WeightName(component, block, "weight")), weights(new WeightName(component, block, "bias")));
        var y = new double[x.Length];
        for (var start = 0; start < x.Length; start += d)
        {
            var row = x[start..(start + d)];
            var mean = row.Average();
            var variance = row.Select(value => (value - mean) * (value - mean)).Average();
            for (var i = 0; i < d; i++)
            {
                y[start + i] = ((row[i] - mean) / Math.Sqrt(variance + shape.LayerNormEps) * gain[i]) + bias[i];
            }
        }

        return y;
    }

    private double[] Mlp(double[] x, int block) => Linear(
        [.. Linear(x, "mlp.dense_h_to_4h", block, shape.HiddenSize).Select(Gelu)], "mlp.dense_4h_to_h", block, shape.IntermediateSize);

    private double[] Attention(double[] x, int block)
    {
        var (d, size) = (shape.HiddenSize, shape.HiddenSize / shape.Heads);
        var packed = Linear(x, "attention.query_key_value", block, d);
        var mixed = Mix(
            x.Length / d, shape.Heads, size,
            (position, head) => Rotate(Part(position, head, 0), position, x.Length / d),
            (position, head) => Rotate(Part(position, head, 1), position, x.Length / d),
            (position, head) => Part(position, head, 2),
            onAttention: (head, query, key, attention) => OnAttention?.Invoke(block, head, query, key, attention));
        return Linear(mixed, "attention.dense", block, d);

        // Row (head, q k v, dimension) of the packed projection.
        double[] Part(int position, int head, int part) =>
            packed[((position * 3 * d) + (((head * 3) + part) * size))..((position * 3 * d) + (((head * 3) + part + 1) * size))];
    }

    /// <summary>Causal attention: each position mixes the values of those up to it.</summary>
    internal static double[] Mix(
        int length,
        int heads,
        int size,
        Func<int, int, double[]> query,
        Func<int, int, double[]> key,
        Func<int, int, double[]> valueOf,
        int window = int.MaxValue,
        double? scale = null,
        Func<int, int, double>? penalty = null,
        Action<int, int, int, double>? onAttention = null)
    {
        var mixed = new double[length * heads * size];
        for (var head = 0; head < heads; head++)
        {
            for (var position = 0; position < length; position++)
            {
                var first = (int)Math.Max(0, (long)position - window + 1);
                var scores = Enumerable.Range(first, position + 1 - first)
                    .Select(
                        other =>
                            (query(position, head).Zip(key(other, head), (a, b) => a * b).Sum() * (scale ?? (1 / Math.Sqrt(size))))
                            + (penalty?.Invoke(position - other, head) ?? 0))
                    .ToArray();
                var largest = scores.Max();
                var weight = scores.Select(score => Math.Exp(score - largest)).ToArray();
                for (var other = first; other <= position; other++)
                {
                    onAttention?.Invoke(head, position, other, weight[other - first] / weight.Sum());
                    var value = valueOf(other, head);
                    for (var i = 0; i < size; i++)
                    {
                        mixed[(((position * heads) + head) * size) + i] += weight[other - first] / weight.Sum() * value[i];
                    }
                }
            }
        }

        return mixed;
    }

    // Dimension i turns with dimension i + n/2, by position · base^(−2i/n); beyond n nothing turns.
    private double[] Rotate(double[] x, int position, int length) => config.ValueKind == JsonValueKind.Object
        ? new LoopRotary(config, x.Length, length, scaled: true, share: 0.25).Rotate(x, position)
        : Rotate(x, position, (int)(x.Length * shape.RotaryPct), shape.RotaryBase);

    private static double[] Rotate(double[] x, int position, int rotated, double rotaryBase)
    {
        var y = (double[])x.Clone();
        for (var i = 0; i < rotated / 2; i++)
        {
            var angle = position * Math.Pow(rotaryBase, -2.0 * i / rotated);
            var (a, b) = (x[i], x[i + (rotated / 2)]);
            y[i] = (a * Math.Cos(angle)) - (b * Math.Sin(angle));
            y[i + (rotated / 2)] = (b * Math.Cos(angle)) + (a * Math.Sin(angle));
        }

        return y;
    }
}
