using System.Text;
using System.Xml.Linq;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Reporting.Plots;
using ScottPlot;
using SkiaSharp;

namespace PythiaOrleans.Reporting.Tests;

/// <summary>Pictures as files: format, size, part, colours.</summary>
public sealed class PictureFileTests
{
    private static readonly int[] Steps = [0, 1000, 143_000];

    private static readonly ReportPage Page = new(
        "s", [new ReportModel("pythia-14m", 2, 14_000_000, Steps), new ReportModel("pythia-70m", 2, 70_000_000, Steps)],
        3, 0, 0, [], [], new Dictionary<int, string>(), []);

    private static readonly ReportPlot Norm = new("weight-moments-norm", PlotKind.Series.Name, "Norm", "Frobenius norm", false,
    [
        new ReportGroup("mlp.dense_4h_to_h weight", true,
            [
                .. from model in new[] { 0, 1 }
                   from block in new[] { 0, 1 }
                   select new ReportLine(model, block, [1 + model, 3 + block, 2])
            ], null),
        new ReportGroup("embed_in weight", false, [new ReportLine(0, null, [1, 3, 2]), new ReportLine(1, null, [2, 5, 4])], null),
    ]);

    [Fact]
    public void Formats_AreWhatTheirNamesSay()
    {
        Assert.StartsWith("%PDF-", Encoding.ASCII.GetString(Draw(PictureFormat.Pdf)), StringComparison.Ordinal);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], Draw(PictureFormat.Png)[..4]);
        var svg = XDocument.Parse(Encoding.UTF8.GetString(Draw(PictureFormat.Svg)));
        Assert.Equal("svg", svg.Root!.Name.LocalName);
        // Words are words, and each stands there once.
        var words = svg.Descendants().Where(node => node.Name.LocalName == "text").Select(node => node.Value.Trim()).ToArray();
        Assert.Single(words, word => word == "pythia-70m");
        Assert.Single(words, word => word == "Norm: mlp.dense_4h_to_h weight");
    }

    [Fact]
    public void Width_AndResolution_GiveThePixels()
    {
        using var plain = SKBitmap.Decode(Grid().Png());
        Assert.Equal(840, plain.Width); // two panels of 420
        using var fine = SKBitmap.Decode((Grid() with { Style = new PictureStyle { Width = 500, Dpi = 192 } }).Png());
        Assert.Equal(1000, fine.Width);
        using var paper = SKBitmap.Decode((Grid() with { Style = PictureStyle.Paper(null, null) }).Png());
        Assert.Equal(7 * 300, paper.Width);
    }

    [Fact]
    public void Selection_KeepsTheChosenModelsAndBlocks()
    {
        var selection = new PlotSelection { Models = ["pythia-70m"], Blocks = [1], Components = ["mlp.dense_4h_to_h"] };
        Assert.Equal("pythia-70m", selection.Select(Page).Models.Single().Name);
        var line = selection.Groups(Page, Norm).Single().Lines!.Single();
        Assert.Equal((0, 1), (line.Model, line.Block));
        Assert.Equal([2, 4, 2], line.Y.Select(value => value!.Value));
    }

    [Theory]
    [InlineData("pythia-71m", null, null, "did you mean pythia-70m")]
    [InlineData(null, "mlp.dens_4h_to_h weight", null, "did you mean mlp.dense_4h_to_h weight")]
    [InlineData("pythia-70m", null, 7, "it has blocks 0, 1")]
    public void Selection_OfNothing_SaysWhatThereIs(string? model, string? component, int? block, string expected)
    {
        var selection = new PlotSelection
        {
            Models = model is null ? null : [model],
            Components = component is null ? null : [component],
            Blocks = block is { } one ? [one] : null,
        };
        var error = Assert.Throws<ArgumentException>(() =>
        {
            selection.Select(Page);
            selection.Groups(Page, Norm);
        });
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    /// <summary>WCAG 2.2, 1.4.11: graphics have 3 : 1 against what they stand on, here white, and on the page its dark panels.</summary>
    [Fact]
    public void Colours_HaveContrast()
    {
        var dark = Color.FromHex("#1D2024");
        for (var index = 0; index < 8; index++)
        {
            var color = PanelDrawing.ModelColor(index);
            Assert.True(Contrast(color, Colors.White) >= 3, $"{color.ToHex()} on white");
            Assert.True(Contrast(color, dark) >= 3, $"{color.ToHex()} on dark");
            Assert.True(Contrast(PanelDrawing.DepthColor(index, 8), Colors.White) >= 3, $"block {index} on white");
        }
    }

    /// <summary>Bars of height 2 and none over [0, 2]: each bin has its two ends, the empty one lies on the floor.</summary>
    [Fact]
    public void Histogram_IsDrawnAsSteps()
    {
        var (x, y) = HistogramKind.Steps([0.5, 1.5], [2, null], 0.25);
        Assert.Equal([0, 1, 1, 2], x);
        Assert.Equal([2, 2, 0.25, 0.25], y.Select(value => value!.Value));
    }

    [Fact]
    public void HeatMap_IsAPictureWithAColourBarAndTheIdsOfItsTokens()
    {
        var line = new ReportLine(0, null, []) { Cells = [64, unchecked((byte)-64), 10], Tokens = [15, 16, 48] };
        var group = new ReportGroup("embed_in weight", false, null, [new ReportFrame(1000, [line])]);
        var plot = new ReportPlot("c", PlotKind.HeatMap.Name, "Correlations", "correlation", false, [group]) { FullScale = 0.5 };
        var page = Page with { Models = [Page.Models[0]], Tokens = new Dictionary<int, string> { [15] = "0", [16] = "1", [48] = "Q" } };
        var grid = new HeatMapKind().Draw(page, plot, group, group.Frames![0]);
        using var picture = SKBitmap.Decode(grid.Png());
        var colors = picture.Pixels.Distinct().ToHashSet();
        Assert.Contains(new SKColor(0, 0x72, 0xB2), colors); // the lower end of the scale
        Assert.Contains(new SKColor(0xE6, 0x78, 0), colors);
        var words = XDocument.Parse(grid.Svg()).Descendants().Where(node => node.Name.LocalName == "text").Select(node => node.Value.Trim())
            .ToArray();
        Assert.Equal(2, words.Count(word => word == "48 Q"));
        Assert.Contains("-0.4", words);
    }

    [Fact]
    public void GroupEnds_AreWhereDigitsAndLettersBegin() => Assert.Equal(
        [1, 2, 4],
        HeatMapCells.GroupEnds(new Dictionary<int, string> { [1] = "7", [2] = "A", [3] = "Z", [4] = "!" }, [0, 1, 2, 3, 4]));

    private static PanelGrid Grid() => new SeriesKind().Draw(Page, Norm, Norm.Groups[0], null);

    private static byte[] Draw(PictureFormat format) => Grid().Draw(format);

    private static double Contrast(Color one, Color other)
    {
        var (high, low) = (Math.Max(Luminance(one), Luminance(other)), Math.Min(Luminance(one), Luminance(other)));
        return (high + 0.05) / (low + 0.05);
    }

    private static double Luminance(Color color)
    {
        static double Linear(byte channel) => channel / 255.0 is var share && share <= 0.04045
            ? share / 12.92
            : Math.Pow((share + 0.055) / 1.055, 2.4);
        return (0.2126 * Linear(color.R)) + (0.7152 * Linear(color.G)) + (0.0722 * Linear(color.B));
    }
}
