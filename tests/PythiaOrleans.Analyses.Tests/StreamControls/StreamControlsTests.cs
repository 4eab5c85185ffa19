using PythiaOrleans.Analyses.StreamControls;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Tables;
using TorchSharp;

namespace PythiaOrleans.Analyses.Tests;

public sealed class StreamControlsTests
{
    private const int Rows = 2;
    private const int Length = 9;
    private const int Planted = 5;
    private const double Tolerance = 1e-4; // of a float32 pass against plain loops in float64

    // ActivationTests.Settings takes its batch from these.
    private static readonly int[] Text = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 10, 0, 2, 4];

    [Theory]
    [InlineData("gpt_neox")]
    [InlineData("gpt2")]
    [InlineData("llama")]
    public void Table_OfAFamily_IsThatOfPlainLoops(string family)
    {
        using var model = MemoryPlanTests.Model(family);
        var (table, expected) = (Run(model), Expected(model));
        Assert.Equal(model.Shape.Blocks + 3, table.Count);
        Assert.Equal(expected.Count, table.Count);
        for (var row = 0; row < table.Count; row++)
        {
            foreach (var (column, value) in expected[row])
            {
                var found = table[column].Cells[row] is null ? double.NaN : table[column].Number(row);
                Assert.True(
                    Math.Abs(value - found) <= Tolerance * Math.Max(1, Math.Abs(value)), $"row {row}, {column}: {value}, found {found}");
            }
        }
    }

    /// <summary>One channel that stands out makes outliers in its own basis, and none in another.</summary>
    [Fact]
    public void Rotation_OfOnePlantedChannel_LeavesNoOutlier()
    {
        using var model = new RandomModel(ActivationTests.Shape(64, 2, 2), seed: 4, embed: (_, channel) => channel == Planted ? 400 : 0);
        var table = Run(model);
        for (var row = 0; row <= model.Shape.Blocks; row++)
        {
            Assert.True(table["excess_kurtosis"].Number(row) > 20);
            Assert.True(table["rotated_excess_kurtosis"].Number(row) < 1);
            Assert.True(table["largest_over_rms"].Number(row) > 3 * table["rotated_largest_over_rms"].Number(row));
        }

        Assert.Equal(Planted, table["largest_channel"].Number(table.Count - 1));
    }

    [Fact]
    public void Rotation_KeepsLengths_AndSpreadsEachChannelEvenly()
    {
        const int channels = 20;
        using var rotated = RandomRotation.Apply(torch.eye(channels));
        var values = rotated.data<float>().ToArray();
        for (var row = 0; row < channels; row++)
        {
            var own = values[(row * channels)..((row + 1) * channels)];
            Assert.All(own, value => Assert.True(Math.Abs(value) <= Math.Sqrt(2.0 / channels) + 1e-6));
            for (var other = 0; other < channels; other++)
            {
                var product = Enumerable.Range(0, channels).Sum(i => (double)values[(row * channels) + i] * values[(other * channels) + i]);
                Assert.Equal(row == other ? 1 : 0, product, 1e-5);
            }
        }

        Assert.Equal([-1f, 1f], RandomRotation.Signs(channels).Distinct().Order());
    }

    /// <summary>A channel that is the same everywhere can be held at its mean without a change, however large it is.</summary>
    [Fact]
    public void LargestChannel_ThatNeverChanges_IsNotMissed()
    {
        using var model = new RandomModel(ActivationTests.Shape(24, 3, 3), seed: 4, edit: Fix);
        var table = Run(model);
        var last = table.Count - 1;
        Assert.Equal(Planted, table["largest_channel"].Number(last));
        Assert.Equal(0, table["held_rise"].Number(last), 1e-5);
        Assert.True(Math.Abs(table["control_rise"].Number(last)) > 1e-4);

        // The embedding has one number there, and no block writes to it.
        static void Fix(WeightName name, float[] values)
        {
            const int width = 24;
            if (name.Component == Components.EmbedIn)
            {
                for (var token = 0; token < values.Length / width; token++)
                {
                    values[(token * width) + Planted] = 30;
                }
            }
            else if (name.Component is Components.AttentionDense or Components.MlpOut)
            {
                var inner = values.Length / width;
                Array.Clear(values, Planted * inner, inner);
            }
        }
    }

    /// <summary>With a parallel residual the first MLP reads the embedding alone: then it is a table of tokens, and no other is.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void FirstMlp_IsATableOfTokens_WhereItReadsTheEmbeddingAlone(bool parallel)
    {
        using var model = new RandomModel(ActivationTests.Shape(24, 3, 3) with { ParallelResidual = parallel }, seed: 4);
        var table = Run(model);
        double[] shares = [.. Enumerable.Range(1, 3).Select(row => table["mlp_lookup"].Number(row))];
        Assert.Equal(parallel, shares[0] > 1 - 1e-6);
        Assert.All(shares[1..], share => Assert.True(share < 0.9999));
        Assert.All(Enumerable.Range(1, 3), row => Assert.True(table["update_lookup"].Number(row) < 0.9999));
    }

    [Fact]
    public void Lookup_OfATable_IsOne_OfNoiseIsBelowNought_OfTokensSeenOnceIsUnknown()
    {
        const int positions = 4000;
        var random = new Random(3);
        long[] tokens = [.. Enumerable.Range(0, positions).Select(_ => random.NextInt64(40))];
        float[] table = [.. Enumerable.Range(0, 40 * 2).Select(_ => random.NextSingle())];
        float[] exact = [.. tokens.SelectMany(token => table[(int)(token * 2)..(int)((token + 1) * 2)])];
        Assert.Equal((1.0, positions), TokenLookup.Compute(exact, tokens));

        // The mean of 50 draws explains nothing and adds its own variance: a fiftieth.
        float[] noise = [.. Enumerable.Range(0, 2 * positions).Select(_ => random.NextSingle())];
        Assert.InRange(TokenLookup.Compute(noise, tokens).RSquared, -0.04, -0.005);

        var once = TokenLookup.Compute(noise, [.. Enumerable.Range(0, positions).Select(i => (long)i)]);
        Assert.Equal((double.NaN, 0), once);
    }

    [Theory]
    [InlineData(8, 24)]
    [InlineData(8, 4)] // fewer channels than rows
    public void OtherChannels_AreNotTheLargest(int rows, int channels)
    {
        var others = HeldChannels.Others(rows, channels, besides: 2);
        Assert.Equal(rows, others.Length);
        Assert.DoesNotContain(2, others);
        Assert.Equal(Math.Min(rows, channels - 1), others.Distinct().Count());
        Assert.Equal(others, HeldChannels.Others(rows, channels, besides: 2));
    }

    private static ResultTable Run(RandomModel model) =>
        new StreamControlsAnalysis(ActivationTests.Settings(Rows, Length)).Run(model.Input, TestContext.Current.CancellationToken);

    private static List<Dictionary<string, double>> Expected(RandomModel model)
    {
        var d = model.Shape.HiddenSize;
        var written = new Dictionary<int, List<double[]>>();
        int[][] batch = [.. Text.Chunk(Length)];
        var stages = batch.Select(row => model.Loop(row, onMlp: (block, mlp) =>
        {
            written.TryAdd(block, []);
            written[block].Add(mlp);
        })).ToArray();
        var places = Enumerable.Range(0, model.Shape.Blocks + 1).Select(place => stages.Select(row => row[place]).ToArray()).ToArray();
        var rows = places.Select((place, at) =>
        {
            var row = Outliers(Inner(place));
            if (at > 0)
            {
                var updates = Inner(place).Zip(Inner(places[at - 1]), (after, before) => after.Zip(before, (a, b) => a - b).ToArray());
                (row["update_lookup"], row["lookup_positions"]) = Lookup([.. updates], batch);
                row["mlp_lookup"] = Lookup(Inner([.. written[at - 1]]), batch).Share;
            }

            return row;
        }).ToList();
        rows.Add([]); // the final norm: compared by the tests of the stream
        rows.Add(Held());
        return rows;

        double[][] Inner(double[][] sequences) => [.. sequences.SelectMany(sequence => sequence.Chunk(d).Skip(1))];

        Dictionary<string, double> Held()
        {
            var channel = Enumerable.Range(0, d).MaxBy(i => places.Max(place => place.Max(row => row.Chunk(d).Max(x => Math.Abs(x[i])))));
            var others = HeldChannels.Others(Rows, d, channel);
            double[] plain = [.. batch.Select((_, row) => Loss(stages[row][^1], batch[row]))];
            double[] held = [.. batch.Select(row => LossWithout(row, channel))];
            double[] rises = [.. batch.Select((row, i) => LossWithout(row, others[i]) - plain[i])];
            return new()
            {
                ["largest_channel"] = channel,
                ["loss"] = plain.Average(),
                ["held_loss"] = held.Average(),
                ["held_rise"] = held.Average() - plain.Average(),
                ["control_rise"] = rises.Average(),
                ["control_rise_max"] = rises.Max(),
            };
        }

        double LossWithout(int[] row, int channel) => Loss(
            model.Loop(row, change: (place, x) =>
            {
                var mean = places[place].Average(sequence => sequence.Chunk(d).Average(token => token[channel]));
                return [.. x.Select((value, i) => i % d == channel ? mean : value)];
            })[^1],
            row);

        double Loss(double[] logits, int[] row) => Enumerable.Range(0, row.Length - 1).Average(i =>
        {
            var own = logits[(i * model.Shape.VocabularyRows)..((i + 1) * model.Shape.VocabularyRows)];
            return Math.Log(own.Sum(Math.Exp)) - own[row[i + 1]];
        });
    }

    private static Dictionary<string, double> Outliers(double[][] states)
    {
        var d = states[0].Length;
        var signs = RandomRotation.Signs(d);
        var turned = states.Select(x => Enumerable.Range(0, d).Select(k => Enumerable.Range(0, d).Sum(j =>
            signs[j] * x[j] * (Math.Cos(2 * Math.PI * j * k / d) + Math.Sin(2 * Math.PI * j * k / d)) / Math.Sqrt(d))));
        double[] plain = [.. states.SelectMany(x => x)], rotated = [.. turned.SelectMany(x => x)];
        return new()
        {
            ["excess_kurtosis"] = Kurtosis(plain),
            ["rotated_excess_kurtosis"] = Kurtosis(rotated),
            ["largest_over_rms"] = plain.Max(Math.Abs) / Math.Sqrt(plain.Average(x => x * x)),
            ["rotated_largest_over_rms"] = rotated.Max(Math.Abs) / Math.Sqrt(rotated.Average(x => x * x)),
        };

        static double Kurtosis(double[] values)
        {
            var mean = values.Average();
            return (values.Average(x => Math.Pow(x - mean, 4)) / Math.Pow(values.Average(x => (x - mean) * (x - mean)), 2)) - 3;
        }
    }

    // One half explained by the other, position by position.
    private static (double Share, int Positions) Lookup(double[][] values, int[][] batch)
    {
        int[] tokens = [.. batch.SelectMany(row => row[1..])];
        var half = tokens.Length / 2;
        var (left, all, positions) = (0.0, 0.0, 0);
        for (var i = 0; i < tokens.Length; i++)
        {
            int[] others = [.. Enumerable.Range(0, tokens.Length).Where(other => (other < half) != (i < half))];
            int[] same = [.. others.Where(other => tokens[other] == tokens[i])];
            if (same.Length > 0)
            {
                left += Distance(values[i], Mean(same));
                all += Distance(values[i], Mean(others));
                positions++;
            }
        }

        return (1 - (left / all), positions);

        double[] Mean(int[] of) => [.. values[0].Select((_, channel) => of.Average(other => values[other][channel]))];

        static double Distance(double[] a, double[] b) => a.Zip(b, (x, y) => (x - y) * (x - y)).Sum();
    }
}
