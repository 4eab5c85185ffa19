using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Families;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Nano.Tests;

public sealed class NanoOptimizerTests
{
    private static readonly ModelShape Shape = NanoSuite.Models[0].Shape with { HiddenSize = 16 };

    /// <summary>Without gradients an update is decay alone: of matrices by rate times decay, of biases and norms not at all.</summary>
    [Fact]
    public void Step_WithoutGradients_DecaysMatricesOnly()
    {
        const int update = 20;
        using var weights = new NanoWeights(Shape, seed: 1, CPU);
        using var optimizer = new NanoOptimizer(weights, NanoSuite.Schedule);
        using (no_grad())
        {
            foreach (var expected in ModelFamilies.For(Shape).Expect(Shape))
            {
                weights[expected.Weight].fill_(2);
            }
        }

        optimizer.Step(update);

        var kept = 1 - (NanoSuite.Schedule.LearningRate(update) * NanoSuite.Schedule.WeightDecay);
        Assert.InRange(kept, 0.9, 0.9999);
        foreach (var expected in ModelFamilies.For(Shape).Expect(Shape))
        {
            var values = weights[expected.Weight].detach().data<float>().ToArray();
            Assert.All(values, value => Assert.Equal(expected.Shape.Length == 2 ? 2 * kept : 2, value, 1e-6));
        }
    }

    /// <summary>The first update of Adam has the size of the rate, whatever the gradient's: its sign decides.</summary>
    [Fact]
    public void Step_WithAGradient_MovesAgainstItBySignTimesRate()
    {
        const int update = 0;
        var schedule = NanoSuite.Schedule with { WarmupSteps = 0 };
        using var weights = new NanoWeights(Shape, seed: 1, CPU);
        using var optimizer = new NanoOptimizer(weights, schedule with { WeightDecay = 0 });
        var name = new WeightName(Components.FinalLayerNorm, null, "bias");
        var before = weights[name].detach().clone();
        using (no_grad())
        {
            weights[name].grad!.fill_(1e-3f);
        }

        optimizer.Step(update);

        var moved = (weights[name].detach() - before).data<float>().ToArray();
        Assert.All(moved, value => Assert.Equal(-schedule.LearningRate(update), value, 1e-3 * schedule.LearningRate(update)));
        Assert.All(weights.Gradients.data<float>().ToArray(), value => Assert.Equal(0, value)); // cleared
    }
}
