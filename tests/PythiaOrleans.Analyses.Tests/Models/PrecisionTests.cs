using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.Passes;
using PythiaOrleans.Analyses.ResidualStream;
using PythiaOrleans.Analyses.WeightGradients;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Analyses.Tests;

public sealed class PrecisionTests
{
    // bfloat16 keeps 8 bits: 1/256 for each rounding, and a few of them between the embedding and the last block.
    private const double Tolerance = 0.03;

    public static TheoryData<string> Families { get; } = ["gpt_neox", "gpt2", "llama", "olmo2"];

    [Theory]
    [MemberData(nameof(Families))]
    public void Stream_InBFloat16_IsNearThatInFloat32(string family)
    {
        using var model = MemoryPlanTests.Model(family);
        var (single, half) = (Stream(model, Precision.Float32), Stream(model, Precision.BFloat16));
        Assert.Equal(single.Count, half.Count);
        for (var row = 0; row < single.Count; row++)
        {
            Assert.Equal(single["count"].Number(row), half["count"].Number(row));
            Assert.All(["max_abs", "std", "token_norm_mean", "loss"], column =>
                Assert.Equal(single[column].Number(row), half[column].Number(row), Tolerance * Math.Abs(single[column].Number(row))));
        }

        Assert.NotEqual(single["std"].Number(2), half["std"].Number(2)); // or it was never computed in it
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Gradients_InBFloat16_AreNearThoseInFloat32(string family)
    {
        using var model = MemoryPlanTests.Model(family);
        var (single, half) = (Gradients(model, Precision.Float32), Gradients(model, Precision.BFloat16));
        Assert.Equal(single.Count, half.Count);
        for (var row = 0; row < single.Count; row++)
        {
            Assert.Equal(0, half["non_finite"].Number(row));
            Assert.Equal(single["norm"].Number(row), half["norm"].Number(row), 2 * Tolerance * single["norm"].Number(row));
        }

        Assert.Equal(single["loss"].Number(0), half["loss"].Number(0), Tolerance * single["loss"].Number(0));
    }

    /// <summary>What was measured before there was a choice stays what it was called.</summary>
    [Fact]
    public void Fingerprints_OfTheDefault_HoldNoPrecision()
    {
        var settings = new AnalysisSettings(0, null);
        foreach (var analysis in AnalysisRegistry.BuiltIn.Create(settings))
        {
            var half = AnalysisRegistry.BuiltIn.Create(settings with { Precision = Precision.BFloat16 })
                .Single(other => other.Description.Name == analysis.Description.Name);
            var runsTheModel = analysis is IPassAnalysis || analysis.Description.Name == "weight-gradients";
            Assert.DoesNotContain("precision", analysis.Description.Parameters.Keys);
            Assert.Equal(runsTheModel, analysis.Description.Id != half.Description.Id);
        }
    }

    [Theory]
    [InlineData("float32", null)]
    [InlineData("bfloat16", "bfloat16")]
    [InlineData("float16", "float16")]
    public void Precision_IsReadFromWhatTheSpecHolds(string text, string? spec)
    {
        Assert.Equal(spec, Precisions.Parse(text).ToSpec());
        Assert.Equal(Precisions.Parse(text), Precisions.FromSpec(spec));
    }

    [Fact]
    public void Precision_OfAnotherName_SaysWhatThereIs() =>
        Assert.Contains("bfloat16", Assert.Throws<ArgumentException>(() => Precisions.Parse("fp16")).Message, StringComparison.Ordinal);

    [Fact]
    public void Float16_IsForGpusOnly()
    {
        var error = Assert.Throws<NotSupportedException>(() => Precision.Float16.On(ComputeDevice.Cpu));
        Assert.Contains("expected a GPU", error.Message, StringComparison.Ordinal);
        Assert.Equal(TorchSharp.torch.ScalarType.Float16, Precision.Float16.On(ComputeDevice.Gpu(0)));
    }

    private static ResultTable Stream(RandomModel model, Precision precision) =>
        new ResidualStreamAnalysis(ActivationTests.Settings(2, 9) with { Precision = precision })
            .Run(model.Input, TestContext.Current.CancellationToken);

    private static ResultTable Gradients(RandomModel model, Precision precision) =>
        new WeightGradientsAnalysis(ActivationTests.Settings(2, 9) with { Precision = precision })
            .Run(model.Input, TestContext.Current.CancellationToken);
}
