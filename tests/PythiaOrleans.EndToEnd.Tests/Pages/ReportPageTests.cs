using System.Text.RegularExpressions;
using Microsoft.Playwright;
using PythiaOrleans.Reporting.Findings;
using static Microsoft.Playwright.Assertions;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>The report of a real sweep, opened from its file.</summary>
public sealed partial class ReportPageTests(Browser browser, TinyReport report) : IClassFixture<Browser>, IClassFixture<TinyReport>
{
    private const string Spectrum = "#weight-spectrum-singular_values";
    private const string Norm = "#weight-moments-norm";

    [Fact]
    public async Task Report_OpenedFromItsFile_DrawsMovesWithTheSliderAndIsReadByKeyboard()
    {
        var errors = new List<string>();
        var page = await browser.OpenAsync(errors);
        await page.GotoAsync(report.Address);
        await Expect(page.Locator(".finding").First).ToBeAttachedAsync();
        var undecided = await page.Locator("#overview details li").CountAsync(); // what they need stands there, and no more
        Assert.InRange(undecided, 1, FindingCatalog.All.Count - 1);
        await Expect(page.Locator(".finding")).ToHaveCountAsync(FindingCatalog.All.Count - undecided);

        await page.Locator(Spectrum).ScrollIntoViewIfNeededAsync();
        var canvas = page.Locator($"{Spectrum} canvas").First;
        await Expect(canvas).ToBeVisibleAsync();
        await Expect(page.Locator($"{Spectrum} output")).ToHaveTextAsync("110");
        var last = await PictureAsync(canvas);
        await page.Locator($"{Spectrum} input[type=range]").FocusAsync();
        await page.Keyboard.PressAsync("Home");
        await Expect(page.Locator($"{Spectrum} output")).ToHaveTextAsync("0");
        Assert.NotEqual(last, await PictureAsync(canvas));

        await canvas.FocusAsync();
        await page.Keyboard.PressAsync("ArrowRight");
        await Expect(page.Locator("#tip")).ToContainTextAsync("tiny-a, block 0: rank 2");
        await page.GetByRole(AriaRole.Button, new() { Name = "Play" }).First.ScrollIntoViewIfNeededAsync();
        await page.Locator(Spectrum).GetByRole(AriaRole.Button, new() { Name = "Play" }).ClickAsync();
        await Expect(page.Locator($"{Spectrum} output")).ToHaveTextAsync("110");
        Assert.Empty(errors);
    }

    [Theory]
    [InlineData(390, 844, ColorScheme.Light)]
    [InlineData(1280, 900, ColorScheme.Dark)]
    public async Task Report_OnAPhoneAndInTheDark_FitsItsWidthAndHasNoEmptyPanel(int width, int height, ColorScheme scheme)
    {
        var errors = new List<string>();
        var page = await browser.OpenAsync(errors, width, height, scheme);
        await page.GotoAsync(report.Address);
        foreach (var section in await page.Locator("main section").AllAsync())
        {
            foreach (var plot in await section.Locator(".plot, .finding").AllAsync())
            {
                await plot.ScrollIntoViewIfNeededAsync();
            }
        }

        await Expect(page.Locator($"{Spectrum} canvas")).ToHaveCountAsync(2);
        await Browser.KeepAsync(page, $"report-{width}-{scheme}");
        Assert.True(await page.EvaluateAsync<int>("document.documentElement.scrollWidth") <= width);
        Assert.Equal(
            0,
            await page.EvaluateAsync<int>(
                "[...document.querySelectorAll('.plot canvas')].filter(c => c.width && !c.getContext('2d').getImageData(0, 0, c.width, "
                    + "c.height).data.some(v => v)).length"));
        Assert.Empty(errors);
    }

    /// <summary>The address says what the page shows: opened with one, it shows that; a choice changes it.</summary>
    [Fact]
    public async Task Report_KeepsTheReadersChoicesInItsAddress()
    {
        var errors = new List<string>();
        var page = await browser.OpenAsync(errors);
        await page.GotoAsync($"{report.Address}#weight-moments&hide=tiny-b&x=fraction");
        var choices = page.Locator("#choices");
        await Expect(choices.GetByRole(AriaRole.Button, new() { Name = "tiny-b" })).ToHaveAttributeAsync("aria-pressed", "false");
        await Expect(choices.GetByLabel("over")).ToHaveValueAsync("fraction");
        await Expect(page.Locator($"{Norm} figure:visible")).ToHaveCountAsync(1);
        await Expect(page.Locator($"{Norm} canvas").First).ToHaveAttributeAsync("aria-label", OverFraction());

        await choices.GetByRole(AriaRole.Button, new() { Name = "tiny-b" }).ClickAsync();
        await Expect(page.Locator($"{Norm} figure:visible")).ToHaveCountAsync(2);
        await choices.GetByLabel("block").SelectOptionAsync("0");
        Assert.EndsWith("#weight-moments&block=0&x=fraction", page.Url, StringComparison.Ordinal);
        await choices.GetByRole(AriaRole.Button, new() { Name = "Reset" }).ClickAsync();
        Assert.EndsWith("#weight-moments", page.Url, StringComparison.Ordinal);
        Assert.Empty(errors);
    }

    /// <summary>Links land on their section although plots are drawn when they are near; printing draws every plot, on white.</summary>
    [Fact]
    public async Task Report_LinksLand_AndPrintingHoldsEveryPlot()
    {
        var errors = new List<string>();
        var page = await browser.OpenAsync(errors, scheme: ColorScheme.Dark);
        await page.GotoAsync(report.Address);
        await page.Keyboard.PressAsync("Tab");
        await Expect(page.GetByText("Skip to the results")).ToBeFocusedAsync();
        foreach (var link in await page.Locator("nav a").AllAsync())
        {
            await link.ClickAsync();
            var target = page.Locator(await link.GetAttributeAsync("href") ?? "");
            await page.WaitForFunctionAsync(
                "id => Math.abs(document.querySelector(id).getBoundingClientRect().top) < 120 || "
                    + "innerHeight + scrollY > document.documentElement.scrollHeight - 2", await link.GetAttributeAsync("href"));
            await Expect(target).ToBeVisibleAsync();
            await page.EvaluateAsync("scrollTo(0, 0)");
        }

        const string blank = "[...document.querySelectorAll('.plot figure canvas, .finding figure canvas')].filter(c => c.width === 300 || "
            + "!c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v)).length";
        await page.EvaluateAsync("dispatchEvent(new Event('beforeprint'))");
        Assert.Equal(0, await page.EvaluateAsync<int>(blank));
        Assert.True(await page.EvaluateAsync<int>("document.querySelectorAll('.plot figure canvas').length") > 20);
        Assert.Equal(
            "#5c6166", // words in the soft colour of paper, and not of the dark page
            await page.EvaluateAsync<string>("document.querySelector('.plot figure canvas').getContext('2d').fillStyle"));
        await page.EvaluateAsync("dispatchEvent(new Event('afterprint'))");
        Assert.Empty(errors);
    }

    /// <summary>What a plot saves is what it shows, and the command that it prints writes the same plot.</summary>
    [Fact]
    public async Task Plot_IsSavedAsSvgAndCsv_AndByItsCommand()
    {
        var errors = new List<string>();
        var page = await browser.OpenAsync(errors);
        await page.GotoAsync($"{report.Address}#&hide=tiny-b");
        var plot = page.Locator(Norm);
        await plot.ScrollIntoViewIfNeededAsync();
        await plot.GetByText("Save, command, numbers").ClickAsync();
        var csv = await DownloadAsync(page, plot, "CSV");
        Assert.StartsWith("model,block,step,norm\ntiny-a,0,0,", csv, StringComparison.Ordinal);
        Assert.DoesNotContain("tiny-b", csv, StringComparison.Ordinal);
        var svg = System.Xml.Linq.XDocument.Parse(await DownloadAsync(page, plot, "SVG"));
        Assert.Contains("tiny-a", svg.Root!.Value, StringComparison.Ordinal);
        await Expect(plot.Locator("table.numbers tbody tr")).Not.ToHaveCountAsync(0);

        var command = await plot.Locator(".command").TextContentAsync();
        Assert.Equal("pythia plot tiny weight-moments-norm --components 'mlp.dense_h_to_4h weight' --models tiny-a", command);
        var file = await report.PlotAsync("weight-moments-norm", "--components", "mlp.dense_h_to_4h weight", "--models", "tiny-a");
        Assert.Contains("tiny-a", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Empty(errors);
    }

    private static async Task<string> DownloadAsync(IPage page, ILocator plot, string name)
    {
        var download = await page.RunAndWaitForDownloadAsync(
            () => plot.GetByRole(AriaRole.Button, new() { Name = name, Exact = true }).ClickAsync());
        return await File.ReadAllTextAsync(await download.PathAsync(), TestContext.Current.CancellationToken);
    }

    [GeneratedRegex("over fraction of training")]
    private static partial Regex OverFraction();

    private static Task<string> PictureAsync(ILocator canvas) => canvas.EvaluateAsync<string>("canvas => canvas.toDataURL()");
}
