using PythiaOrleans.Analyses.EmbeddingCorrelation;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Analyses.Tests;

public sealed class EmbeddingCorrelationTests
{
    /// <summary>Where .NET puts an array is chance: it must not decide how a product is rounded.</summary>
    [Fact]
    public void Correlations_OfTheSameRows_HaveTheSameBits_WhereverTheyLie()
    {
        var random = new Random(1);
        var rows = Enumerable.Range(0, 256).Select(_ => Enumerable.Range(0, 96).Select(_ => random.NextDouble() - 0.5).ToArray()).ToArray();
        var expected = Bits();
        var between = new List<byte[]>();
        for (var trial = 0; trial < 50; trial++)
        {
            between.Add(new byte[random.Next(1, 200)]);
            Assert.Equal(expected, Bits());
        }

        long[] Bits()
        {
            var matrix = CorrelationMatrix.Compute(rows);
            return [.. Enumerable.Range(0, matrix.Size * matrix.Size).Select(i =>
                BitConverter.DoubleToInt64Bits(matrix[i / matrix.Size, i % matrix.Size]))];
        }
    }

    [Fact]
    public void Correlations_AreThoseOfPearsonsFormula()
    {
        var rows = Enumerable.Range(0, 5).Select(row => Sample.Gaussian(20 + row, 30)).ToArray();
        rows[4] = [.. Enumerable.Repeat(2.5, 30)]; // without spread
        var matrix = CorrelationMatrix.Compute(rows);
        for (var a = 0; a < 4; a++)
        {
            for (var b = 0; b < 4; b++)
            {
                var (x, y) = (rows[a].Average(), rows[b].Average());
                var expected = rows[a].Zip(rows[b], (p, q) => (p - x) * (q - y)).Sum()
                    / Math.Sqrt(rows[a].Sum(p => (p - x) * (p - x)) * rows[b].Sum(q => (q - y) * (q - y)));
                Assert.Equal(expected, matrix[a, b], 1e-12);
            }

            Assert.Equal(0, matrix[a, 4]);
        }

        Assert.Equal(10, matrix.Triangle.Length);
        Assert.Equal((float)matrix[0, 1], matrix.Triangle[0]);
        Assert.Equal((float)matrix[3, 4], matrix.Triangle[^1]);
    }

    /// <summary>Rows that lie along a line, shuffled: the order must find the line again.</summary>
    [Fact]
    public void Seriation_OfShuffledNeighbours_FindsTheirOrder()
    {
        const int count = 60, width = 200;
        var places = Enumerable.Range(0, count).ToArray();
        new Random(3).Shuffle(places);
        var rows = places.Select(place =>
            Enumerable.Range(0, width).Select(i => Math.Exp(-Math.Pow((0.2 * width) + (0.6 * width * place / count) - i, 2) / 400))
                .ToArray()).ToArray();
        var found = CorrelationMatrix.Compute(rows).Seriate().Select(row => places[row]).ToArray();
        var wrong = found.Zip(found.Skip(1), (a, b) => Math.Abs(a - b)).Count(step => step != 1);
        Assert.True(wrong <= 4, string.Join(' ', found));
    }

    [Fact]
    public void Embedding_WithPlantedGroups_HasStructureAndARandomOneHasNone()
    {
        using var model = new RandomModel(ActivationTests.Shape(64, 1, 2) with { VocabularyRows = 300, ContextLength = 16 }, seed: 9,
            tokenizer: true);
        var random = new EmbeddingCorrelationAnalysis(ActivationTests.Settings(2, 9))
            .Run(model.Input, TestContext.Current.CancellationToken);
        Assert.Equal(["first", "frequent"], random["parameter"].Cells);
        Assert.InRange(random["structure"].Number(0), -0.02, 0.02);
        Assert.Equal(256 * 255 / 2, ((float[])random["correlations"].Cells[0]!).Length);
        Assert.Equal(Enumerable.Range(0, 256), ((int[])random["order"].Cells[0]!).Order());
        Assert.True(random["seriation_gain"].Number(0) > 0);

        // All digits get one direction more.
        using var planted = new RandomModel(ActivationTests.Shape(64, 1, 2) with { VocabularyRows = 300, ContextLength = 16 }, seed: 9,
            tokenizer: true, embed: (id, channel) =>
            RandomModel.ByteToken(id) is >= '0' and <= '9' ? Math.Sin(channel) : 0);
        var table = new EmbeddingCorrelationAnalysis(ActivationTests.Settings(2, 9))
            .Run(planted.Input, TestContext.Current.CancellationToken);
        Assert.True(table["digits"].Number(0) > 0.5, $"{table["digits"].Number(0)}");
        Assert.True(table["structure"].Number(0) > random["structure"].Number(0) + 0.01);
        Assert.Equal(random["upper_case"].Number(0), table["upper_case"].Number(0), 1e-12);
    }

    /// <summary>Every column against loops over the stored correlations, which the formula's own test checks.</summary>
    [Fact]
    public void Columns_FollowFromTheCorrelations()
    {
        var shape = ActivationTests.Shape(64, 1, 2) with { VocabularyRows = 300, ContextLength = 16 };
        using var model = new RandomModel(shape, seed: 9, tokenizer: true);
        using var previous = new RandomModel(shape, seed: 10, tokenizer: true);
        var settings = ActivationTests.Settings(2, 9) with { Stride = 10 };
        var input = new AnalysisInput(model.Checkpoint, null, previous.Checkpoint, model.Input.Model);
        var table = new EmbeddingCorrelationAnalysis(settings).Run(input, TestContext.Current.CancellationToken);
        var before = new EmbeddingCorrelationAnalysis(settings).Run(previous.Input, TestContext.Current.CancellationToken);

        var ids = (int[])table["token_ids"].Cells[0]!;
        Assert.Equal(Enumerable.Range(0, 256), ids);
        Assert.Equal(256, table["token_count"].Number(0));
        Assert.Equal(settings.Batch.RowsFor(model.Checkpoint).SelectMany(row => row).Distinct().Count(), table["token_count"].Number(1));
        var groups = Array.ConvertAll(ids, GroupOf);
        Assert.Equal(Mean((a, b) => a == 'l' && b == 'l'), table["lower_case"].Number(0), 1e-6);
        Assert.Equal(Mean((a, b) => a == 'p' && b == 'p'), table["punctuation"].Number(0), 1e-6);
        Assert.Equal(Mean((a, b) => a != ' ' && b != ' ' && a != b), table["between"].Number(0), 1e-6);
        Assert.Equal(Mean((_, _) => true), table["mean_correlation"].Number(0), 1e-6);
        Assert.Equal(Mean((a, b) => a != ' ' && a == b) - table["between"].Number(0), table["structure"].Number(0), 1e-6);
        var squares = Correlations(table).Zip(Correlations(before), (a, b) => (double)(a - b) * (a - b)).Sum();
        Assert.Equal(Math.Sqrt(2 * squares), table["change"].Number(0), 1e-4); // both triangles
        Assert.Null(before["change"].Cells[0]);

        double Mean(Func<char, char, bool> which)
        {
            var pairs = ids.SelectMany(i => ids.Skip(i + 1).Select(j => (groups[i], groups[j])));
            return Correlations(table).Zip(pairs).Where(pair => which(pair.Second.Item1, pair.Second.Item2)).Average(pair => pair.First);
        }

        static float[] Correlations(Core.Tables.ResultTable table) => (float[])table["correlations"].Cells[0]!;
    }

    private static char GroupOf(int id) => RandomModel.ByteToken(id) switch
    {
        >= '0' and <= '9' => 'd',
        >= 'a' and <= 'z' => 'l',
        >= 'A' and <= 'Z' => 'u',
        > ' ' and < '\u007f' => 'p',
        _ => ' ',
    };
}
