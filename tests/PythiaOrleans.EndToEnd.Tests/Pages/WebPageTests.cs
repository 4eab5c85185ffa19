using Microsoft.Playwright;
using PythiaOrleans.Testing;
using static Microsoft.Playwright.Assertions;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>The web page of a control silo, in a browser, while a sweep runs.</summary>
public sealed class WebPageTests(Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task Page_FollowsASweepRetriesAndDrawsItsSeries()
    {
        using var suite = new TinySuite(steps: 20);
        var weights = suite.WeightsOf("tiny-b", 50);
        var sound = await File.ReadAllBytesAsync(weights, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(weights, sound[..100], TestContext.Current.CancellationToken);
        await using var bed = await ClusterFixture.StartAsync(suite, workers: 2);
        bed.Slow(400);
        using var sweep = bed.StartSweep();
        var errors = new List<string>();
        var page = await browser.OpenAsync(errors);
        await bed.UntilSomeMoreResultsAsync();
        bed.SetFault("hold", "all"); // so that some run when the page looks

        await page.GotoAsync(bed.Control.Http.AbsoluteUri);
        await Expect(page.Locator("#cluster")).ToContainTextAsync("3 silos up, 2 workers at work");
        await Expect(page.Locator("#sweep-line")).ToContainTextAsync("of 40 shards");
        await Expect(page.Locator("#map .row")).ToHaveCountAsync(2);
        await Expect(page.Locator("#map rect.r")).Not.ToHaveCountAsync(0);
        await Browser.KeepAsync(page, "page-running");
        bed.Slow(0);
        bed.ClearFault("hold", "all");

        await Expect(page.Locator("#sweep-line")).ToContainTextAsync("completed with failures: 39 of 40 shards");
        await Expect(page.Locator("#map rect.d")).ToHaveCountAsync(39);
        await Expect(page.Locator("#failures tbody tr")).ToHaveCountAsync(1);
        await Expect(page.Locator("#failures td.error")).ToContainTextAsync(weights);

        // By keyboard: to the row, along it, and why.
        await page.Locator("#map svg").Nth(1).FocusAsync();
        for (var i = 0; i < 5; i++)
        {
            await page.Keyboard.PressAsync("ArrowRight");
        }

        await Expect(page.Locator("#cell")).ToContainTextAsync("tiny-b@step50: quarantined");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#why")).ToContainTextAsync("Permanent after 1 attempts");
        await Browser.KeepAsync(page, "page-failed");

        await File.WriteAllBytesAsync(weights, sound, TestContext.Current.CancellationToken);
        await page.GetByRole(AriaRole.Button, new() { Name = "Retry tiny-b@step50" }).ClickAsync();
        await Expect(page.Locator("#sweep-line")).ToContainTextAsync("completed: 40 of 40 shards");
        await Expect(page.Locator("#no-failures")).ToBeVisibleAsync();

        await page.SelectOptionAsync("#analysis", "weight-moments");
        await page.SelectOptionAsync("#column", "std");
        await page.GetByRole(AriaRole.Button, new() { Name = "Draw what is there now" }).ClickAsync();
        await Expect(page.Locator("#plot path")).ToHaveCountAsync(2);
        await Browser.KeepAsync(page, "page-completed");
        Assert.Empty(errors);
    }

    [Theory]
    [InlineData(390, 844, ColorScheme.Light)]
    [InlineData(1280, 900, ColorScheme.Dark)]
    public async Task Page_OnAPhoneAndInTheDark_FitsItsWidth(int width, int height, ColorScheme scheme)
    {
        using var suite = new TinySuite(steps: 20);
        await using var bed = await ClusterFixture.StartAsync(suite, workers: 1);
        using (var sweep = bed.StartSweep())
        {
            Assert.Equal(0, await bed.EndOfAsync(sweep));
        }

        var errors = new List<string>();
        var page = await browser.OpenAsync(errors, width, height, scheme);
        await page.GotoAsync(bed.Control.Http.AbsoluteUri);
        await Expect(page.Locator("#map rect.d")).ToHaveCountAsync(40);
        await Browser.KeepAsync(page, $"page-{width}-{scheme}");

        Assert.True(await page.EvaluateAsync<int>("document.documentElement.scrollWidth") <= width);
        Assert.Empty(errors);

        // Its first numbers come when its counters have been asked once.
        using var client = new HttpClient { BaseAddress = bed.Control.Http };
        await Servers.UntilAsync(
            async () => (await client.GetAsync("orleans/DashboardCounters", TestContext.Current.CancellationToken)).IsSuccessStatusCode,
            () => "Orleans' dashboard");
    }
}
