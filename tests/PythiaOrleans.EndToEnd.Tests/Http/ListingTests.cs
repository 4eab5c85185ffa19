using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>What many who look at many sweeps cost each other.</summary>
public sealed class ListingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>One spec of 0 bytes used to make the list, and with it the web page, an error for all sweeps.</summary>
    [Fact]
    public async Task Spec_ThatCannotBeRead_HidesNoOtherSweep()
    {
        using var suite = new TinySuite(steps: 2);
        await using var bed = await ClusterFixture.StartAsync(suite, workers: 1);
        using (var sweep = bed.StartSweep())
        {
            Assert.Equal(0, await bed.EndOfAsync(sweep));
        }

        await File.WriteAllTextAsync(Path.Combine(bed.Store, "sweeps", "broken.json"), "", Token);
        using var client = new HttpClient { BaseAddress = bed.Control.Http };

        JsonElement[] listed = [];
        await Servers.UntilAsync(
            async () => (listed = [.. (await ListAsync(client)).EnumerateArray()]).Length == 2, () => $"both sweeps. {bed.Log}");

        var (broken, well) = (listed[0], listed[1]);
        Assert.Equal(("broken", "tiny"), (broken.GetProperty("sweep").GetString(), well.GetProperty("sweep").GetString()));
        Assert.Contains("broken.json", broken.GetProperty("problem").GetString(), StringComparison.Ordinal);
        Assert.Equal((suite.Shards, false), (well.GetProperty("done").GetInt32(), well.TryGetProperty("problem", out _)));
        var (code, output, errors) = await bed.RunAsync("status");
        Assert.Equal(1, code); // it is a problem all the same
        Assert.True(output.Contains("tiny", StringComparison.Ordinal) && output.Contains("broken.json", StringComparison.Ordinal), errors);
    }

    [Fact]
    public async Task EventStreams_BeyondTheLimit_AreRefusedUntilOneEnds()
    {
        using var suite = new TinySuite(steps: 30);
        await using var bed = await ClusterFixture.StartAsync(suite, workers: 1, options: "Api:EventStreams=2");
        bed.Slow(500);
        using var sweep = bed.StartSweep();
        await bed.UntilSomeMoreResultsAsync();
        using var client = new HttpClient { BaseAddress = bed.Control.Http };

        var first = await OpenAsync(client);
        using var second = await OpenAsync(client);
        using var third = await OpenAsync(client);

        Assert.Equal(
            [HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests],
            [first.StatusCode, second.StatusCode, third.StatusCode]);
        Assert.Contains("Api:EventStreams", await third.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        first.Dispose();
        await Servers.UntilAsync(
            async () =>
            {
                using var again = await OpenAsync(client);
                return again.StatusCode == HttpStatusCode.OK;
            },
            () => "a place to become free");
    }

    private static Task<HttpResponseMessage> OpenAsync(HttpClient client) =>
        client.GetAsync("api/v1/sweeps/tiny/events", HttpCompletionOption.ResponseHeadersRead, Token);

    private static async Task<JsonElement> ListAsync(HttpClient client) =>
        (await client.GetFromJsonAsync<JsonElement>("api/v1/sweeps", Token)).GetProperty("items");
}
