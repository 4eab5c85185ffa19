using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Server.Api;

namespace PythiaOrleans.Server.Tests;

public sealed class StartSweepTests
{
    [Theory]
    [InlineData(null, Precision.Float32)]
    [InlineData("float32", Precision.Float32)]
    [InlineData("bfloat16", Precision.BFloat16)]
    public void Precision_IsThatOfTheCommandLine(string? text, Precision precision) =>
        Assert.Equal(precision, new StartSweep("hub", Precision: text).ToRequest().Precision);

    [Fact]
    public void Precision_OfAnotherName_IsRefused()
    {
        var error = Assert.Throws<ArgumentException>(() => new StartSweep("hub", Precision: "fp8").ToRequest());
        Assert.Contains("fp8", error.Message, StringComparison.Ordinal);
    }
}
