using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Reporting.Plots;

namespace PythiaOrleans.Reporting.Tests;

/// <summary>Series over fractions of training and decay time.</summary>
public sealed class TrainingAxisTests
{
    private static readonly int[] Steps = [0, 1000, 143_000];
    private static readonly ReportModel Model = new("pythia-70m", 6, 70_000_000, Steps);

    [Fact]
    public void Along_DecayTime_IsWeightDecayTimesTheSummedRate()
    {
        var along = Model.With(ModelCatalog.Default.Find("pythia-70m").Schedule).Along(TrainingAxis.DecayTime);
        Assert.Equal(0, along[0]);
        Assert.Equal(0.1 * 1e-3 * (1000 * 999 / 2.0) / 1430, along[1], 1e-4 * along[1]); // within the warm-up
        Assert.Equal(7.4, along[2], 0.01);
    }

    [Fact]
    public void Along_Fraction_EndsAtOne() => Assert.Equal([0, 1000 / 143_000.0, 1], Model.Along(TrainingAxis.Fraction));

    [Fact]
    public void Along_DecayTimeOfAnUnknownSchedule_SaysWhichAndWhatToDo()
    {
        var error = Assert.Throws<ArgumentException>(() => Model.With(null).Along(TrainingAxis.DecayTime));
        Assert.Contains("pythia-70m has no decay time", error.Message, StringComparison.Ordinal);
        Assert.Contains("--catalog", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Another axis moves the curves: the same values, another picture.</summary>
    [Fact]
    public void Draw_OverDecayTime_IsAnotherPictureThanOverSteps()
    {
        var model = Model.With(ModelCatalog.Default.Find("pythia-70m").Schedule);
        var page = new ReportPage("s", [model], 3, 0, 0, [], [], new Dictionary<int, string>(), []);
        var group = new ReportGroup("embed_in weight", false, [new ReportLine(0, null, [1, 3, 2])], null);
        var plot = new ReportPlot("weight-moments-norm", PlotKind.Series.Name, "Norm", "norm", false, [group]);
        byte[] Picture(TrainingAxis axis) => new SeriesKind().Draw(page with { Axis = axis }, plot, group, null).Png();
        Assert.Equal(Picture(TrainingAxis.Step), Picture(TrainingAxis.Step));
        Assert.NotEqual(Picture(TrainingAxis.Step), Picture(TrainingAxis.DecayTime));
    }
}
