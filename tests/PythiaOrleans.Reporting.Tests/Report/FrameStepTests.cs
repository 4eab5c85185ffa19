using PythiaOrleans.Reporting.Report;

namespace PythiaOrleans.Reporting.Tests;

/// <summary>The stops of a report's sliders.</summary>
public sealed class FrameStepTests
{
    private static readonly int[] Steps = [.. Enumerable.Range(0, 144).Select(i => i * 1000)];

    [Theory]
    [InlineData(6, 9)]
    [InlineData(20, 9)]
    [InlineData(3, 18)]
    [InlineData(1, 54)]
    public void Stops_AreMoreWhereModelsAreFewer(int models, int most)
    {
        var stops = ReportData.FrameSteps(Steps, models);
        Assert.InRange(stops.Count, 9, most); // early ones fall together where they are many
        Assert.Equal((0, 143_000), (stops[0], stops[^1]));
        Assert.Equal(stops.Distinct().Order(), stops);
        Assert.True(stops[1] - stops[0] < stops[^1] - stops[^2]);
    }

    [Fact]
    public void Stops_OfFewCheckpoints_AreAllOfThem() => Assert.Equal(Steps[..21], ReportData.FrameSteps(Steps[..21], models: 2));
}
