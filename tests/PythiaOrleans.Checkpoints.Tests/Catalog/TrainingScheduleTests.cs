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

    /// <summary>OLMo's cosine ends at its floor instead of meeting it on the way: half-way it is in the middle.</summary>
    [Fact]
    public void LearningRate_OfACosineToAFloor_IsInTheMiddleHalfWay()
    {
        var schedule = ModelCatalog.Default.Find("olmo-2-1b").Schedule!;
        Assert.Equal(4e-4, schedule.LearningRate(4000), 1e-15);
        Assert.Equal(0.55 * 4e-4, schedule.LearningRate((4000 + 2_384_186) / 2), 1e-15);
        Assert.True(schedule.LearningRate(1_907_358) > 0.1 * 4e-4);
    }

    /// <summary>OLMo 3 7B: the first half of a cosine of 5 trillion tokens, the second half of one of 7 trillion.</summary>
    [Fact]
    public void LearningRate_OfACosineThatWasStretched_GoesOnWhereItWas()
    {
        var schedule = ModelCatalog.Default.Find("olmo-3-7b").Schedule!;
        Assert.Equal(3e-4, schedule.LearningRate(2000), 1e-15);
        Assert.Equal(0.3e-4 + (1.35e-4 * (1 + Math.Cos(Math.PI / 4))), schedule.LearningRate(299_523), 1e-15);
        Assert.Equal(0.55 * 3e-4, schedule.LearningRate(597_046), 1e-15);
        Assert.Equal(0.3e-4 + (1.35e-4 * (1 + Math.Cos(3 * Math.PI / 4))), schedule.LearningRate(1_132_988), 1e-15);
        Assert.True(schedule.LearningRate(1_413_813) > 0.3e-4);
    }

    /// <summary>The last rate of OLMo 2 13B is that at which its second stage starts (OLMo2-13B-stage2-seed1110-100B.yaml).</summary>
    [Fact]
    public void LearningRate_OfOlmo2ThirteenB_EndsWhereTheSecondStageStarts() =>
        Assert.Equal(9e-5, ModelCatalog.Default.Find("olmo-2-13b").Schedule!.LearningRate(596_057), 1e-15);

    /// <summary>huggingface/smollm, config_smollm2_*.yaml: lr_decay_starting_step and train_steps.</summary>
    [Theory]
    [InlineData("smollm2-135m", 3e-3, 1_600_000, 2_000_000)]
    [InlineData("smollm2-360m", 3e-3, 2_080_000, 2_600_000)]
    [InlineData("smollm2-1.7b", 5e-4, 4_716_000, 5_240_000)]
    public void LearningRate_OfSmolLm2_StaysUntilItFalls(string model, double peak, int last, int end)
    {
        var schedule = ModelCatalog.Default.Find(model).Schedule!;
        Assert.Equal(peak / 2, schedule.LearningRate(1000), 1e-15);
        Assert.Equal(peak, schedule.LearningRate(last), 1e-15);
        Assert.Equal(peak / 2, schedule.LearningRate((last + end) / 2), 1e-15);
        Assert.Equal(0, schedule.LearningRate(end), 1e-15);
    }

    [Fact]
    public void LearningRate_ThatStaysAndThenFalls_IsThatOfSmolLm3()
    {
        var schedule = ModelCatalog.Default.Find("smollm3-3b").Schedule!;
        Assert.Equal(2e-4, schedule.LearningRate(4_248_000), 1e-15);
        Assert.Equal(1e-4, schedule.LearningRate(4_484_000), 1e-15);
        Assert.Equal(0, schedule.LearningRate(4_720_000), 1e-15);
    }

    /// <summary>Names of checkpoints are not always updates: Amber's count chunks of data, those of three v0 models are doubled.</summary>
    [Fact]
    public void Updates_OfACheckpoint_AreThoseOfItsName()
    {
        var amber = ModelCatalog.Default.Find("amber").Schedule!;
        Assert.Equal(762, amber.UpdatesAt(0));
        Assert.Equal(360 * 762, amber.UpdatesAt(359));
        Assert.Equal(1.26e12, amber.Tokens(359), 0.01e12);
        var halved = ModelCatalog.Default.Find("pythia-1.4b-v0").Schedule!;
        Assert.Equal(2e-4 * 500 / 712.5, halved.LearningRateAt(1000), 1e-15);
        Assert.Equal(halved.LearningRate(50_000), halved.LearningRateAt(100_000));
    }

    /// <summary>GPT-NeoX decays matrices, OLMo 2 norms too but no embeddings, Amber everything.</summary>
    [Theory]
    [InlineData("pythia-70m", "embed_in", "weight", 0.1)]
    [InlineData("pythia-70m", "mlp.dense_h_to_4h", "weight", 0.1)]
    [InlineData("pythia-70m", "mlp.dense_h_to_4h", "bias", 0)]
    [InlineData("pythia-70m", "final_layer_norm", "weight", 0)]
    [InlineData("nano-1", "embed_out", "weight", 0.3)]
    [InlineData("olmo-2-7b", "embed_in", "weight", 0)]
    [InlineData("olmo-2-7b", "embed_out", "weight", 0.1)]
    [InlineData("olmo-2-7b", "post_mlp_layernorm", "weight", 0.1)]
    [InlineData("smollm3-3b", "embed_in", "weight", 0)]
    [InlineData("smollm2-135m", "embed_in", "weight", 0.01)]
    [InlineData("olmo-3-7b", "embed_in", "weight", 0)]
    [InlineData("amber", "input_layernorm", "weight", 0.1)]
    [InlineData("pythia-70m", "model.layers.norm_extra", "weight", 0)]
    public void WeightDecay_OfAParameter_IsThatOfItsPublisher(string model, string component, string parameter, double expected) =>
        Assert.Equal(expected, ModelCatalog.Default.Find(model).Schedule!.WeightDecayOf(component, parameter));

    /// <summary>Every schedule is known but those that were changed on the way, that count texts, or of which too little is
    /// published.</summary>
    [Fact]
    public void Schedules_AreKnown_ButForTheseModels()
    {
        var unknown = ModelCatalog.Default.Models.Where(model => model.Schedule is null).Select(model => model.Name);
        Assert.Equal(
            [
                "bloom-1b1", "bloom-1b7", "bloom-3b", "bloom-560m", "bloom-7b1", "olmo-2-1b-stage2-1", "olmo-2-1b-stage2-2",
                "olmo-2-1b-stage2-3", "olmo-3-32b", "olmo-7b",
            ],
            unknown.Order(StringComparer.Ordinal));
    }
}
