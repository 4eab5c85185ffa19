using Microsoft.Playwright;
using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Testing;
using static Microsoft.Playwright.Assertions;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>The report of a real sweep, opened from its file.</summary>
public sealed class ReportPageTests(Browser browser) : IClassFixture<Browser>
{
    private const string Spectrum = "#weight-spectrum-singular_values";
    private const double FirstPaintMilliseconds = 2000;

    [Fact]
    public async Task Report_OpenedFromItsFile_DrawsMovesWithTheSliderAndIsReadByKeyboard()
    {
        using var suite = new TinySuite(steps: 12);
        var errors = new List<string>();
        var page = await browser.OpenAsync(errors);
        await page.GotoAsync(await WriteReportAsync(suite));
        await Expect(page.Locator(".finding")).ToHaveCountAsync(FindingCatalog.All.Count);
        Assert.InRange(
            await page.EvaluateAsync<double>("performance.getEntriesByName('first-contentful-paint')[0].startTime"),
            0.1,
            FirstPaintMilliseconds);

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
        await page.Locator($"{Spectrum} button").ClickAsync();
        await Expect(page.Locator($"{Spectrum} output")).ToHaveTextAsync("110");
        Assert.Empty(errors);
    }

    [Theory]
    [InlineData(390, 844, ColorScheme.Light)]
    [InlineData(1280, 900, ColorScheme.Dark)]
    public async Task Report_OnAPhoneAndInTheDark_FitsItsWidthAndHasNoEmptyPanel(int width, int height, ColorScheme scheme)
    {
        using var suite = new TinySuite(steps: 12);
        var errors = new List<string>();
        var page = await browser.OpenAsync(errors, width, height, scheme);
        await page.GotoAsync(await WriteReportAsync(suite));
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

    private static Task<string> PictureAsync(ILocator canvas) => canvas.EvaluateAsync<string>("canvas => canvas.toDataURL()");

    private static async Task<string> WriteReportAsync(TinySuite suite)
    {
        await RunAsync(suite.SweepArguments("store"));
        await RunAsync("report", "tiny", "--store", suite.Store("store"), "--out", suite.Store("report"));
        return new Uri(Path.Combine(suite.Store("report"), "report.html")).AbsoluteUri;
    }

    private static async Task RunAsync(params string[] arguments)
    {
        using var process = PythiaProcess.Start(arguments);
        await process.Process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.Process.ExitCode == 0, process.Errors);
    }
}
