using PythiaOrleans.Analyses.AttentionHeads;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Tables;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Tests;

public sealed class AttentionHeadsTests
{
    private const double Tolerance = 2e-5; // of a float32 pass against plain loops in float64
    private const int Rows = 2;
    private const int Length = 9;

    public static TheoryData<string> Families { get; } =
    [
        "gpt_neox", "gpt2", "gpt2, scaled by block", "gpt2, untied", "bloom", "llama", "llama, tied and shared", "mistral, window", "olmo",
        "olmo2", "qwen3", "gpt_neox, tied",
    ];

    [Theory]
    [MemberData(nameof(Families))]
    public void Scores_OfAFamily_AreThoseOfPlainLoops(string family)
    {
        using var model = MemoryPlanTests.Model(family);
        var table = Run(model);
        var batch = ActivationTests.Settings(Rows, Length).Batch.RowsFor(model.Checkpoint);
        var repeated = RepeatedTokens.Create(model.Shape.VocabularyRows, model.Shape.ContextLength);
        Assert.Equal(2 * model.Shape.Blocks * model.Shape.Heads, table.Count);
        foreach (var (component, rows) in new[] { ("attention.batch", batch), ("attention.repeated", repeated) })
        {
            var expected = Expected(model, rows);
            for (var row = 0; row < table.Count; row++)
            {
                if ((string)table["component"].Cells[row]! == component)
                {
                    var head = int.Parse(((string)table["parameter"].Cells[row]!)["head".Length..], null);
                    AssertRow(table, row, expected[((int)table["block"].Cells[row]!, head)]);
                }
            }
        }
    }

    /// <summary>The circuits of all tokens formed, [V, V], and their eigenvalues taken.</summary>
    [Theory]
    [MemberData(nameof(Families))]
    public void CopyingScores_OfAFamily_AreThoseOfTheWholeCircuits(string family)
    {
        using var model = MemoryPlanTests.Model(family);
        var (table, heads, d) = (Run(model), new LoopHeads(model), model.Shape.HiddenSize);
        var embedding = model.Weights[new WeightName("embed_in", null, "weight")].Chunk(d).ToArray();
        var final = heads.Find("final_layer_norm", null);
        var unembedding = (heads.Find("embed_out", null)?.Chunk(d).ToArray() ?? embedding)
            .Select(row => row.Select((value, i) => value * (final?[i] ?? 1)).ToArray()).ToArray();
        for (var row = 0; row < table.Count; row++)
        {
            var head = int.Parse(((string)table["parameter"].Cells[row]!)["head".Length..], null);
            var (q, k, v, o) = heads.Head((int)table["block"].Cells[row]!, head);
            var writes = LoopHeads.Multiply(LoopHeads.Multiply(unembedding, o), LoopHeads.Multiply(v, LoopHeads.Transpose(embedding)));
            var looks = LoopHeads.Multiply(
                LoopHeads.Multiply(embedding, LoopHeads.Transpose(q)), LoopHeads.Multiply(k, LoopHeads.Transpose(embedding)));
            Assert.Equal(Positivity(writes), table["ov_copying"].Number(row), 1e-5);
            Assert.Equal(Positivity(looks), table["qk_matching"].Number(row), 1e-5);
        }
    }

    /// <summary>
    /// Two blocks that were built by hand: a head that looks at the token before and writes it down, and one that looks where the token
    /// before is its own token.
    /// </summary>
    [Fact]
    public void InductionHead_BuiltByHand_HasItsScore()
    {
        using var model = InductionModel.Create();
        var table = new AttentionHeadsAnalysis(ActivationTests.Settings(Rows, Length)).Run(
            model.Input, TestContext.Current.CancellationToken);
        var rows = Enumerable.Range(0, table.Count).ToDictionary(row =>
            ((int)table["block"].Cells[row]!, (string)table["component"].Cells[row]!, (string)table["parameter"].Cells[row]!));
        foreach (var set in new[] { "attention.batch", "attention.repeated" })
        {
            Assert.InRange(table["previous_token"].Number(rows[(0, set, "head0")]), 0.99, 1);
        }

        // The first position can only look at itself, so that its token is there as the one before twice: once where it follows itself.
        var half = model.Shape.ContextLength / 2;
        var induction = rows[(1, "attention.repeated", "head0")];
        Assert.Equal(1 - (0.5 / half), table["induction"].Number(induction), 0.005);
        Assert.Equal(0.5 / half, table["duplicate_token"].Number(induction), 0.005);
        Assert.Equal(RepeatedTokens.Rows * half, table["repeats"].Number(induction));

        // The second head of each block has no weights: it looks at all tokens alike.
        var idle = rows[(1, "attention.repeated", "head1")];
        var length = model.Shape.ContextLength;
        Assert.Equal(Enumerable.Range(2, length - 1).Average(seen => Math.Log(seen)), table["entropy"].Number(idle), 1e-5);
        Assert.Equal(Enumerable.Range(1, length).Average(seen => 1.0 / seen), table["sink"].Number(idle), 1e-5);
        Assert.Equal(Enumerable.Range(2, length - 1).Average(seen => 1.0 / seen), table["previous_token"].Number(idle), 1e-5);
    }

    [Fact]
    public void RepeatedTokens_AreTheSameTwiceOver_AndDifferWithinAHalf()
    {
        var rows = RepeatedTokens.Create(tokens: 1000, context: 512);
        Assert.Equal(RepeatedTokens.Rows, rows.Length);
        Assert.All(rows, row =>
        {
            Assert.Equal(2 * RepeatedTokens.MaxHalf, row.Length);
            Assert.Equal(row[..RepeatedTokens.MaxHalf], row[RepeatedTokens.MaxHalf..]);
            Assert.Equal(RepeatedTokens.MaxHalf, row.Distinct().Count());
            Assert.All(row, token => Assert.InRange(token, 0, 999));
        });
        Assert.NotEqual(rows[0], rows[1]);
        Assert.Equal(rows, RepeatedTokens.Create(1000, 512));
        Assert.All(RepeatedTokens.Create(tokens: 3, context: 16), row => Assert.Equal(16, row.Length));
        Assert.Empty(RepeatedTokens.Create(tokens: 1000, context: 3));
    }

    private static ResultTable Run(RandomModel model) =>
        new AttentionHeadsAnalysis(ActivationTests.Settings(Rows, Length)).Run(model.Input, TestContext.Current.CancellationToken);

    private static double Positivity(double[][] circuit)
    {
        using var scope = NewDisposeScope();
        var eigenvalues = linalg.eigvals(tensor(circuit.SelectMany(row => row).ToArray(), [circuit.Length, circuit.Length]));
        return eigenvalues.real.sum().item<double>() / eigenvalues.abs().sum().item<double>();
    }

    private static void AssertRow(ResultTable table, int row, Dictionary<string, double> expected)
    {
        foreach (var column in new[] { "sink", "previous_token", "induction", "duplicate_token", "entropy", "repeats" })
        {
            Assert.Equal(expected[column], table[column].Number(row), Tolerance * Math.Max(1, expected[column]));
        }
    }

    // Means over rows and positions, straight from the definitions.
    private static Dictionary<(int Block, int Head), Dictionary<string, double>> Expected(RandomModel model, long[][] rows)
    {
        var attention = new Dictionary<(int Block, int Head), List<double[,]>>();
        foreach (var row in rows)
        {
            var maps = new Dictionary<(int, int), double[,]>();
            model.Loop([.. row.Select(token => (int)token)], (block, head, query, key, value) =>
            {
                if (!maps.TryGetValue((block, head), out var map))
                {
                    maps[(block, head)] = map = new double[row.Length, row.Length];
                }

                map[query, key] = value;
            });
            foreach (var (head, map) in maps)
            {
                attention.TryAdd(head, []);
                attention[head].Add(map);
            }
        }

        return attention.ToDictionary(head => head.Key, head => Means(head.Value, rows));
    }

    private static Dictionary<string, double> Means(List<double[,]> maps, long[][] rows)
    {
        var (sink, previous, entropy) = (new List<double>(), new List<double>(), new List<double>());
        var (induction, duplicate) = (new List<double>(), new List<double>());
        foreach (var (map, row) in maps.Zip(rows))
        {
            for (var i = 0; i < row.Length; i++)
            {
                sink.Add(map[i, 0]);
                if (i == 0)
                {
                    continue;
                }

                previous.Add(map[i, i - 1]);
                entropy.Add(Enumerable.Range(0, i + 1).Sum(j => map[i, j] > 0 ? -map[i, j] * Math.Log(map[i, j]) : 0));
                var same = Enumerable.Range(0, i).Where(j => row[j] == row[i]).ToArray();
                if (same.Length > 0)
                {
                    duplicate.Add(same.Sum(j => map[i, j]));
                }

                var after = Enumerable.Range(1, i - 1).Where(j => row[j - 1] == row[i]).ToArray();
                if (after.Length > 0)
                {
                    induction.Add(after.Sum(j => map[i, j]));
                }
            }
        }

        return new()
        {
            ["sink"] = sink.Average(),
            ["previous_token"] = previous.Average(),
            ["entropy"] = entropy.Average(),
            ["induction"] = induction.DefaultIfEmpty(double.NaN).Average(),
            ["duplicate_token"] = duplicate.DefaultIfEmpty(double.NaN).Average(),
            ["repeats"] = induction.Count,
        };
    }
}
