using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.NullModels;
using PythiaOrleans.Reporting.Plots;
using PythiaOrleans.Reporting.Report;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Tests;

/// <summary>The page gets the whole picture of every finding, and its panels are those of the evidence.</summary>
public sealed class FindingPanelTests
{
    // Every column that a finding reads is in these series.
    private static readonly SeriesSet Everything = NullTrial.Models.Single(model => model.Name == "smooth").Draw(1);

    private static readonly IReadOnlyList<FindingReport> Reports = FindingCatalog.Judge(Everything);

    public static TheoryData<string> Findings { get; } = new(FindingCatalog.All.Select(finding => finding.Id));

    [Theory]
    [MemberData(nameof(Findings))]
    public void Panels_AreThoseOfTheEvidence(string id)
    {
        var report = Reports.Single(candidate => candidate.Id == id);
        var shown = FindingPanels.Create([report], Everything.Models).Single();
        Assert.Equal(
            report.Evidence.SelectMany(item => item.Measures).Distinct().Order(),
            shown.Panels.Select(panel => panel.Axis).Distinct().Order());
        Assert.All(report.Evidence.Where(item => item.Component.Length > 0), item => Assert.Contains(
            shown.Panels,
            panel => panel.Title.Split(' ')[0] == item.Component && item.Measures.Contains(panel.Axis)));
        Assert.Equal(Verdicts(report), shown.Models);
    }

    [Theory]
    [MemberData(nameof(Findings))]
    public void Panels_HaveEveryValueWindowToleranceAndMarkOfThePicture(string id)
    {
        var report = Reports.Single(candidate => candidate.Id == id);
        var panels = FindingPanels.Create([report], Everything.Models).Single().Panels;
        Assert.Equal(report.Picture.Panels.Count, panels.Count);
        foreach (var (picture, panel) in report.Picture.Panels.Zip(panels))
        {
            Assert.Equal(
                picture.Axis switch
                {
                    PictureAxis.Block => "block",
                    PictureAxis.Fraction => "fraction of training",
                    PictureAxis.DecayTime => "decay time",
                    _ => "step",
                },
                panel.XLabel);
            Assert.Equal(
                picture.Lines.SelectMany(line => line.X.Zip(line.Y, (x, y) => (line.Model, line.Block, x, ReportLine.Rounded(y)))),
                panel.Lines.SelectMany(line => panel.X.Zip(line.Y, (x, y) => (Everything.Models[line.Model], line.Block, x, y)))
                    .Where(point => point.y is not null));
            Assert.Equal(picture.Limits, panel.Limits);
            Assert.Equal(picture.Logarithmic, panel.Log);
            Assert.Equal(picture.Marks.Select(mark => (mark.Model, mark.Block, mark.X, mark.Text)),
                panel.Marks.Select(mark => (Everything.Models[mark.Model], mark.Block, mark.X, mark.Text)));
            Assert.Equal(
                picture.Window is { } window ? [(window.From * 143_000, window.To * 143_000)] : Array.Empty<(double, double)>(),
                panel.Windows.Select(shaded => (shaded.From, shaded.To)));
        }
    }

    /// <summary>A model that was measured to half of the steps has its window at half of the place.</summary>
    [Fact]
    public void Window_OfModelsOfOtherLengths_IsEachModelsOwn()
    {
        var (whole, half) = (Enumerable.Range(1, 100).ToArray(), Enumerable.Range(1, 50).ToArray());
        PictureLine Line(string model, int[] steps) =>
            new(model, null, [.. steps.Select(step => (double)step)], [.. steps.Select(step => (double)step)]);
        var panel = new PicturePanel("norm", Components.MlpIn, PictureAxis.Step, [Line("a", whole), Line("b", half)])
        {
            Window = new PictureWindow(0.2, 0.4),
        };
        var report = new FindingReport("id", "claim", Verdict.Mixed, "", [], []) { Picture = new FindingPicture([panel]) };
        Assert.Equal(
            [new ReportWindow(0, 20, 40), new ReportWindow(1, 10, 20)],
            FindingPanels.Create([report], ["a", "b"]).Single().Panels.Single().Windows);
    }

    [Fact]
    public void Chance_StandsBesideEveryVerdictThatHasOne()
    {
        var shown = FindingPanels.Create(Reports, Everything.Models).Single(finding => finding.Id == "mlp-norms-peak");
        Assert.Equal(
            NullRates.Find("mlp-norms-peak", NullRate.Whole).Select(rate => (rate.Null, Math.Round(rate.Rate, 3))),
            shown.Chance.Select(rate => (rate.Null, rate.Rate)));
        Assert.All(shown.Parts, part => Assert.NotEmpty(part.Chance));
        Assert.True(FindingPanels.Create(Reports, Everything.Models).Single(finding => finding.Id == "dense-spectrum-gaussian")
            .Chance.Single(rate => rate.Null == "initialised").Asserted);
    }

    [Fact]
    public void Loss_IsOneLineForEachModel()
    {
        var loss = FindingPanels.Loss(Everything, Everything.Models)!;
        Assert.Equal(Enumerable.Range(0, Everything.Models.Count), loss.Lines.Select(line => line.Model));
        Assert.Null(FindingPanels.Loss(PublishedSeriesTests.Published, PublishedSeriesTests.Published.Models));
    }

    private static string[] Verdicts(FindingReport report) =>
        [.. Everything.Models.Select(model => report.VerdictOf(model).ToString().ToLowerInvariant())];
}
