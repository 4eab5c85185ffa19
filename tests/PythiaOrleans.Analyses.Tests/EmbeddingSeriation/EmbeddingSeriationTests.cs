using PythiaOrleans.Analyses.EmbeddingSeriation;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Analyses.Tests;

public sealed class EmbeddingSeriationTests
{
    private const int Width = 24;
    private const int Run = 16;
    private const int Kinds = 10;
    private const int Vocabulary = Kinds * Run;

    /// <summary>Ten kinds of tokens in turn: neighbours by id are of different kinds, in the found order of the same.</summary>
    [Fact]
    public void FoundOrder_OfInterleavedKinds_PutsEachKindTogether()
    {
        using var model = Model(noise: 0.02f);
        var table = Measure(model);
        Assert.Equal(1, table.Count);
        Assert.Equal(("first", Vocabulary), (table["parameter"].Cells[0], (int)table["token_count"].Number(0)));
        var found = (int[])table["found_tokens"].Cells[0]!;
        Assert.Equal(Enumerable.Range(0, Vocabulary), found.Order());
        Assert.All(found.Chunk(Run), run => Assert.Single(run.Select(token => token % Kinds).Distinct()));

        // Within a run by id there are six kinds twice and four once: 6 of 120 pairs are alike.
        Assert.InRange(table["id_structure"].Number(0), -0.1, 0.1);
        Assert.True(table["found_structure"].Number(0) > 0.8);
        Assert.InRange(table["shuffled_structure"].Number(0), 0, 0.4);
    }

    /// <summary>Where rows have nothing in common, the found order shows what it shows of shuffled rows.</summary>
    [Fact]
    public void FoundOrder_OfUnrelatedRows_IsNoBetterThanOfShuffledOnes()
    {
        using var model = new RandomModel(Shape(), seed: 8);
        var table = Measure(model);
        var (found, shuffled) = (table["found_structure"].Number(0), table["shuffled_structure"].Number(0));
        Assert.InRange(found, 0.02, 0.4); // seriation finds neighbours in noise
        Assert.InRange(found / shuffled, 0.7, 1.4);
    }

    [Fact]
    public void Numbers_AreThoseOfPlainLoops_OfEachSet()
    {
        using var model = Model(noise: 1);
        var table = Measure(model, tokens: 40);
        Assert.Equal(["first", "spread"], table.Read<string>("parameter"));
        int[][] sets = [[.. Enumerable.Range(0, 40)], [.. Enumerable.Range(0, 40).Select(i => (4 * i) + 2)]];
        for (var set = 0; set < 2; set++)
        {
            var found = (int[])table["found_tokens"].Cells[set]!;
            Assert.Equal(sets[set], found.Order());
            Assert.Equal(Mean(Pairs(sets[set])), table["mean_correlation"].Number(set), 1e-9);
            Assert.Equal(Structure(sets[set]), table["id_structure"].Number(set), 1e-9);
            Assert.Equal(Structure(found), table["found_structure"].Number(set), 1e-9);
            Assert.Equal(Cells(sets[set]), (float[])table["id_cells"].Cells[set]!, (a, b) => Math.Abs(a - b) < 1e-6);
            Assert.Equal(Cells(found), (float[])table["found_cells"].Cells[set]!, (a, b) => Math.Abs(a - b) < 1e-6);
        }

        double Structure(int[] order) => Mean(order.Chunk(Run).SelectMany(Pairs)) - Mean(Pairs(order));

        float[] Cells(int[] order)
        {
            int[][] runs = [.. order.Chunk(Run)];
            return
            [
                .. from row in Enumerable.Range(0, runs.Length)
                   from column in Enumerable.Range(row + 1, runs.Length - row - 1)
                   select (float)Mean(from a in runs[row] from b in runs[column] select (a, b)),
            ];
        }

        double Mean(IEnumerable<(int A, int B)> pairs) => pairs.Average(pair => Correlation(Embedding(pair.A), Embedding(pair.B)));

        static IEnumerable<(int A, int B)> Pairs(int[] tokens) =>
            from i in Enumerable.Range(0, tokens.Length) from j in Enumerable.Range(0, i) select (tokens[i], tokens[j]);

        double[] Embedding(int token) =>
            model.Weights[new WeightName(Components.EmbedIn, null, "weight")][(token * Width)..((token + 1) * Width)];
    }

    private static double Correlation(double[] a, double[] b)
    {
        var (meanA, meanB) = (a.Average(), b.Average());
        return a.Zip(b, (x, y) => (x - meanA) * (y - meanB)).Sum()
            / Math.Sqrt(a.Sum(x => (x - meanA) * (x - meanA)) * b.Sum(y => (y - meanB) * (y - meanB)));
    }

    private static ModelShape Shape() => ActivationTests.Shape(Width, 1, 3) with { VocabularyRows = Vocabulary };

    // Each kind has a vector of its own; every token has it with some noise.
    private static RandomModel Model(float noise)
    {
        var random = new Random(2);
        float[][] kinds = [.. Enumerable.Range(0, Kinds).Select(_ => Draw())];
        return new RandomModel(Shape(), seed: 8, edit: (name, values) =>
        {
            for (var i = 0; name.Component == Components.EmbedIn && i < values.Length; i++)
            {
                values[i] = (noise * values[i]) + kinds[i / Width % Kinds][i % Width];
            }
        });

        float[] Draw() => [.. Enumerable.Range(0, Width).Select(_ => random.NextSingle() - 0.5f)];
    }

    private static ResultTable Measure(RandomModel model, int tokens = 2000) =>
        new EmbeddingSeriationAnalysis { Tokens = tokens }.Run(model.Input, TestContext.Current.CancellationToken);
}
