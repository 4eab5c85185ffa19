using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.NullModels;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Tests;

/// <summary>The picture of a finding shows what it judged, all of it and nothing else.</summary>
public sealed class PictureTests
{
    // Every column that a finding reads is in these series.
    private static readonly SeriesSet Everything = NullTrial.Models.Single(model => model.Name == "smooth").Draw(1);

    public static TheoryData<string> Findings { get; } = new(FindingCatalog.All.Select(finding => finding.Id));

    [Theory]
    [MemberData(nameof(Findings))]
    public void Panels_AreTheMeasuresOfTheEvidence(string id)
    {
        foreach (var series in new[] { Everything, PublishedSeriesTests.Published })
        {
            var report = FindingCatalog.Judge(FindingCatalog.All.Single(finding => finding.Id == id), series);
            Assert.Equal(
                report.Evidence.SelectMany(item => item.Measures).Distinct().Order(),
                report.Picture.Panels.Select(panel => panel.Measure).Distinct().Order());
            Assert.All(report.Evidence.Where(item => item.Component.Length > 0), item => Assert.Contains(
                report.Picture.Panels, panel => panel.Component == item.Component && item.Measures.Contains(panel.Measure)));
            Assert.All(report.Evidence.Where(item => item.Model.Length > 0), item => Assert.Contains(
                report.Picture.Panels,
                panel => item.Measures.Contains(panel.Measure) && panel.Lines.Any(line => line.Model == item.Model)));
        }
    }

    [Theory]
    [MemberData(nameof(Findings))]
    public void Lines_AreTheCurvesThatTheMeasureSelects(string id)
    {
        var finding = FindingCatalog.All.Single(candidate => candidate.Id == id);
        foreach (var panel in FindingCatalog.Judge(finding, Everything).Picture.Panels)
        {
            var measure = finding.Measures.Single(candidate => candidate.Name == panel.Measure);
            Assert.All(panel.Lines, line =>
            {
                Curve[] judged = [.. measure.Curves(Everything, line.Model).Where(curve => curve.Component == panel.Component)];
                Assert.NotEmpty(judged);
                Assert.Equal(line.X.Count, line.Y.Count);
                Assert.All(line.Y, value => Assert.True(double.IsFinite(value)));
                var (low, high) = (judged.Min(curve => curve.Values.Min()), judged.Max(curve => curve.Values.Max()));
                Assert.All(line.Y, value => Assert.InRange(value, low, high));
            });
        }
    }

    [Fact]
    public void MarksOfPeaks_LieOnTheirLines()
    {
        var panels = FindingCatalog.Judge(FindingCatalog.All.Single(finding => finding.Id == "mlp-norms-peak"),
            PublishedSeriesTests.Published).Picture.Panels;
        Assert.Equal(2, panels.Count);
        Assert.Equal(new PictureWindow(CurveStatistics.WindowStart, CurveStatistics.WindowEnd), panels[0].Window);
        Assert.All(panels.SelectMany(panel => panel.Marks.Select(mark => (panel, mark))), pair =>
        {
            var line = pair.panel.Lines.Single(line => line.Model == pair.mark.Model && line.Block == pair.mark.Block);
            Assert.Equal(line.Y[line.X.ToList().IndexOf(pair.mark.X)], pair.mark.Y);
        });
        Assert.Equal(82, panels[0].Marks.Count); // a block's peak each: 6 + 12 + 24 + 16 + 24
    }

    [Fact]
    public void InvertedU_HasTheBlockOnItsAxis()
    {
        var panel = Assert.Single(FindingCatalog.Judge(FindingCatalog.All.Single(finding => finding.Id == "residual-inverted-u"),
            Everything).Picture.Panels);
        Assert.Equal(PictureAxis.Block, panel.Axis);
        Assert.All(panel.Lines, line => Assert.Equal(Enumerable.Range(0, line.X.Count).Select(block => (double)block), line.X));
    }

    /// <summary>
    /// Shapes are compared at equal fractions and at equal decay times, which the published models reach at different steps: total weight
    /// decay is 7.40, 2.21, 1.11, 1.85 and .74 (science, part 1).
    /// </summary>
    [Fact]
    public void Shapes_HaveFractionAndDecayTimeOnTheirAxes()
    {
        var panels = FindingCatalog.Judge(FindingCatalog.All.Single(finding => finding.Id == "consistent-across-scales"),
            PublishedSeriesTests.Published).Picture.Panels;
        Assert.Equal([PictureAxis.Fraction, PictureAxis.DecayTime], panels.Select(panel => panel.Axis).Distinct());
        Assert.All(panels.Where(panel => panel.Axis == PictureAxis.Fraction).SelectMany(panel => panel.Lines),
            line => Assert.Equal(1, line.X[^1]));
        double[] decay = [7.40, 2.21, 1.11, 1.85, 0.74];
        Assert.All(panels.Where(panel => panel.Axis == PictureAxis.DecayTime), panel =>
            Assert.All(decay.Zip(panel.Lines), pair => Assert.Equal(pair.First, pair.Second.X[^1], 0.02)));
    }

    [Fact]
    public void MeasureNames_AreUniqueInAFinding() => Assert.All(
        FindingCatalog.All, finding =>
            Assert.Equal(finding.Measures.Count, finding.Measures.Select(measure => measure.Name).Distinct().Count()));
}
