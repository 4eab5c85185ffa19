using PythiaOrleans.Checkpoints.Catalog;

namespace PythiaOrleans.Checkpoints.Tests;

/// <summary>Against the numbers that catalogue.md derives from GPT-NeoX's own scheduler.</summary>
public sealed class TrainingScheduleTests
{
    [Fact]
    public void LearningRate_PeaksAfterTheWarmupAndMeetsItsFloorAtStep115139()
    {
        var schedule = ModelCatalog.Default.Find("pythia-70m").Schedule!;
        Assert.Equal(0, schedule.LearningRate(0));
        Assert.Equal(1e-3, schedule.LearningRate(1430), 1e-15);
        Assert.True(schedule.LearningRate(115_138) > 1.0000001e-4);
        Assert.Equal(1e-4, schedule.LearningRate(115_139), 1e-15);
        Assert.Equal(1e-4, schedule.LearningRate(143_000), 1e-15);
    }

    [Fact]
    public void SummedLearningRate_IsThatOfTheCatalogue() =>
        Assert.Equal(74_011, ModelCatalog.Default.Find("pythia-160m").Schedule!.SummedLearningRate(143_000) / 6e-4, 1.0);

    [Theory]
    [InlineData("pythia-70m", 6.1e-4, 0.05e-4)]
    [InlineData("pythia-160m", 0.0118, 0.00005)]
    [InlineData("pythia-410m", 0.109, 0.0005)]
    [InlineData("pythia-1b", 0.157, 0.0005)]
    [InlineData("pythia-1.4b", 0.228, 0.0005)]
    [InlineData("pythia-2.8b", 0.306, 0.0005)]
    public void DecayFactor_AtTheEnd_IsThatOfTheCatalogue(string model, double expected, double tolerance) =>
        Assert.Equal(expected, ModelCatalog.Default.Find(model).Schedule!.DecayFactor(143_000), tolerance);

    [Fact]
    public void Tokens_AtTheEnd_AreAlmost300Billion() =>
        Assert.Equal(299_892_736_000, ModelCatalog.Default.Find("pythia-1b").Schedule!.Tokens(143_000));
}
