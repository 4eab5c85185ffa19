using TorchSharp;

namespace PythiaOrleans.Analyses.Tests;

/// <summary>Counts the tensors of the whole process: nothing else may run meanwhile.</summary>
[CollectionDefinition(nameof(NativeMemoryTests), DisableParallelization = true)]
[Collection(nameof(NativeMemoryTests))]
public sealed class NativeMemoryTests
{
    /// <summary>Native memory that nobody frees would grow with every checkpoint of a sweep.</summary>
    [Fact]
    public void Tensors_AreAllFreedAfterwards()
    {
        using var model = new RandomModel(ActivationTests.Shape(16, 2, 2), seed: 3);
        Run();
        var before = torch.Tensor.TotalCount;
        Run();
        Assert.Equal(before, torch.Tensor.TotalCount);

        void Run()
        {
            _ = new WeightGradients(ActivationTests.Settings(2, 9)).Run(model.Input, TestContext.Current.CancellationToken);
            _ = new ResidualStream(ActivationTests.Settings(2, 9)).Run(model.Input, TestContext.Current.CancellationToken);
        }
    }
}
