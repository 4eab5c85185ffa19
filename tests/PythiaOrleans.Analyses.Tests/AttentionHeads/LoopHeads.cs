using PythiaOrleans.Checkpoints.Families;

namespace PythiaOrleans.Analyses.Tests;

/// <summary>The matrices of one head as plain arrays, gains multiplied in, written down once more from each family's layout.</summary>
internal sealed class LoopHeads(RandomModel model)
{
    private readonly ModelShape _shape = model.Shape;

    private bool IsGpt2 => _shape.ModelType == "gpt2";

    private bool IsFused => IsGpt2 || _shape.ModelType is "gpt_neox" or "bloom";

    /// <summary>W_Q, W_K, W_V as [d_head][d], W_O as [d][d_head].</summary>
    public (double[][] Q, double[][] K, double[][] V, double[][] O) Head(int block, int head)
    {
        var (d, size) = (_shape.HiddenSize, _shape.HeadSize);
        var sharing = _shape.Heads / (_shape.KeyValueHeads ?? _shape.Heads);
        var gain = Find("input_layernorm", block);
        var after = Find("post_mlp_layernorm", block) is null ? null : Find("post_attention_layernorm", block);
        var dense = model.Weights[new WeightName("attention.dense", block, "weight")];
        var inner = _shape.Heads * size;
        return (Reader(0), Reader(1), Reader(2), Rows(d, size, (row, i) =>
            (IsGpt2 ? dense[(((head * size) + i) * d) + row] : dense[(row * inner) + (head * size) + i]) * (after?[row] ?? 1)));

        double[][] Reader(int part)
        {
            var own = part == 0 ? head : head / sharing;
            var norm = part == 2 ? null : Find(part == 0 ? "attention.query_norm" : "attention.key_norm", block);
            var all = model.Weights[new WeightName(Component(part), block, "weight")];
            double Gain(int i) => norm is null ? 1 : norm[norm.Length == size ? i : (own * size) + i];
            return Rows(size, d, (i, column) => Element(all, part, own, i, column) * (gain?[column] ?? 1) * Gain(i));
        }

        string Component(int part) => IsFused
            ? "attention.query_key_value"
            : new[] { "attention.query", "attention.key", "attention.value" }[part];

        double Element(double[] all, int part, int own, int i, int column) => (IsGpt2, IsFused) switch
        {
            (true, _) => all[(column * 3 * d) + (part * d) + (own * size) + i],
            (_, true) => all[((((own * 3) + part) * size) + i) * d + column],
            _ => all[((own * size) + i) * d + column],
        };
    }

    /// <summary>A gain or null where the model has none.</summary>
    public double[]? Find(string component, int? block) => model.Weights.GetValueOrDefault(new WeightName(component, block, "weight"));

    /// <summary>A B for arrays of rows.</summary>
    public static double[][] Multiply(double[][] a, double[][] b) =>
        Rows(a.Length, b[0].Length, (row, column) => Enumerable.Range(0, b.Length).Sum(i => a[row][i] * b[i][column]));

    /// <summary>Aᵀ.</summary>
    public static double[][] Transpose(double[][] a) => Rows(a[0].Length, a.Length, (row, column) => a[column][row]);

    /// <summary>An array of rows from its elements.</summary>
    public static double[][] Rows(int rows, int columns, Func<int, int, double> value) =>
        [.. Enumerable.Range(0, rows).Select(row => Enumerable.Range(0, columns).Select(column => value(row, column)).ToArray())];
}
