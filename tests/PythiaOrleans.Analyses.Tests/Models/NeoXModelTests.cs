using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Checkpoints.Families;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Tests;

public sealed class NeoXModelTests
{
    [Theory]
    [InlineData(16, 2, 2, 0.25, true)]
    [InlineData(24, 3, 3, 0.5, true)]
    [InlineData(24, 1, 2, 1.0, false)]
    [InlineData(16, 2, 4, 0.0, true)]
    public void Logits_OfSeededWeights_AreThoseOfPlainLoops(int hidden, int blocks, int heads, double rotaryPct, bool parallel)
    {
        const int length = 9;
        var shape = ActivationTests.Shape(hidden, blocks, heads) with { RotaryPct = rotaryPct, ParallelResidual = parallel };
        var values = Weights(shape, seed: hidden + blocks);
        int[] tokens = [3, 1, 4, 1, 5, 9, 2, 6, 5];
        var expected = new LoopModel(shape, name => values[name].Values).Run(tokens);

        using var scope = NewDisposeScope();
        using var rotary = new Rotary(shape, length, TestDevice.Device.Torch);
        var tensors = values.ToDictionary(
            pair => pair.Key, pair => tensor(pair.Value.Values, dtype: float32).view(pair.Value.Shape).to(TestDevice.Device.Torch));
        var stages = new List<double[]>();
        var input = tensor(tokens.Select(token => (long)token).ToArray(), [1, length]).to(TestDevice.Device.Torch);
        var logits = new NeoXModel(shape, name => tensors[name], rotary).Logits(input, (stage, stream) =>
        {
            Assert.Equal(stages.Count, stage);
            stages.Add(Doubles(stream));
        });
        stages.Add(Doubles(logits));

        Assert.Equal(expected.Length, stages.Count);
        foreach (var (wanted, found) in expected.Zip(stages))
        {
            var scale = wanted.Max(Math.Abs);
            Assert.Equal(0, wanted.Zip(found, (a, b) => Math.Abs(a - b)).Max() / scale, 2e-6);
        }
    }

    /// <summary>Two texts in one batch must not see each other, nor a position the ones after it.</summary>
    [Fact]
    public void Logits_OfAPosition_DependOnNothingAfterIt()
    {
        var shape = ActivationTests.Shape(16, 2, 2);
        using var scope = NewDisposeScope();
        using var rotary = new Rotary(shape, 6, TestDevice.Device.Torch);
        var tensors = Weights(shape, seed: 5)
            .ToDictionary(
                pair => pair.Key, pair => tensor(pair.Value.Values, dtype: float32).view(pair.Value.Shape).to(TestDevice.Device.Torch));
        var network = new NeoXModel(shape, name => tensors[name], rotary);
        var together = network.Logits(tensor(new long[] { 1, 2, 3, 4, 5, 6, 1, 2, 3, 9, 9, 9 }, [2, 6]).to(TestDevice.Device.Torch));
        var alone = network.Logits(tensor(new long[] { 1, 2, 3, 4, 5, 6 }, [1, 6]).to(TestDevice.Device.Torch));
        Assert.Equal(0, (together[0] - alone[0]).abs().max().item<float>(), 1e-5);
        Assert.Equal(0, (together[0, ..3] - together[1, ..3]).abs().max().item<float>(), 1e-5);
        Assert.True((together[0, 3..] - together[1, 3..]).abs().max().item<float>() > 1e-3);
    }

    [Fact]
    public void Rotary_OfAnOddNumberOfDimensions_IsRefused()
    {
        var shape = ActivationTests.Shape(24, 1, 2) with { RotaryPct = 0.25 }; // 3 of 12
        var error = Assert.Throws<ArgumentException>(() => new Rotary(shape, 4));
        Assert.Contains("3", error.Message, StringComparison.Ordinal);
    }

    // Large enough that attention is far from even and GELU far from linear.
    private static Dictionary<WeightName, (double[] Values, long[] Shape)> Weights(ModelShape shape, int seed)
    {
        var random = new Random(seed);
        return ModelFamilies.For(shape).Expect(shape).ToDictionary(
            expected => expected.Weight,
            expected =>
            {
                var count = expected.Shape.Aggregate(1L, (product, size) => product * size);
                var values = Enumerable.Range(0, (int)count)
                    .Select(_ => (double)(float)((random.NextDouble() - 0.5) * (expected.Shape.Length == 1 ? 2 : 1)))
                    .ToArray();
                return (values, expected.Shape.ToArray());
            });
    }

    private static double[] Doubles(Tensor values) => [.. values.flatten().to(float64).cpu().data<double>()];
}
