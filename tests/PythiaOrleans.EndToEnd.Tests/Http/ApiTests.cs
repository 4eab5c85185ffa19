using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>The HTTP API of a control silo, as a stranger with a client meets it.</summary>
public sealed class ApiTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sweep_StartedSteeredAndReadOverHttp()
    {
        using var suite = new TinySuite(steps: 20);
        await using var bed = await ClusterFixture.StartAsync(suite, workers: 2);
        using var client = new HttpClient { BaseAddress = bed.Control.Http };
        bed.Slow(300);

        var started = await client.PostAsJsonAsync("api/v1/sweeps", StartOf(suite), Token);
        Assert.Equal(HttpStatusCode.Accepted, started.StatusCode);
        Assert.Equal("/api/v1/sweeps/tiny", started.Headers.Location!.OriginalString);

        await UntilAsync(client, "tiny", progress => progress.GetProperty("done").GetInt32() >= 4);
        Assert.Equal("paused", (await PostAsync(client, "tiny/pause")).GetProperty("state").GetString());
        await UntilAsync(
            client, "tiny", async () => (await GetAsync(client, "tiny/shards?state=running")).GetProperty("total").GetInt32() == 0);
        var paused = StoreFiles.CountResults(bed.Store);
        Assert.NotEqual(suite.Results, paused);
        bed.Slow(0);
        await PostAsync(client, "tiny/resume");
        await UntilAsync(client, "tiny", progress => progress.GetProperty("state").GetString() == "completed");

        var map = await GetAsync(client, "tiny/map");
        Assert.All(
            map.GetProperty("models").EnumerateArray(),
            model => Assert.Equal(new string('d', suite.Steps.Count), model.GetProperty("states").GetString()));
        var first = await GetAsync(client, "tiny/shards?model=tiny-b&take=15");
        Assert.Equal((15, suite.Steps.Count), (first.GetProperty("items").GetArrayLength(), first.GetProperty("total").GetInt32()));
        var second = JsonDocument.Parse(await client.GetStringAsync(first.GetProperty("next").GetString(), Token)).RootElement;
        Assert.Equal(suite.Steps.Count - 15, second.GetProperty("items").GetArrayLength());
        Assert.False(second.TryGetProperty("next", out _));

        var rows = await GetAsync(client, "tiny/series/weight-moments?columns=std&models=tiny-a&components=embed_in");
        Assert.Equal(suite.Steps.Count, rows.GetArrayLength());
        var csv = await client.GetStringAsync(
            "api/v1/sweeps/tiny/series/weight-moments?columns=std&models=tiny-a&components=embed_in&format=csv", Token);
        Assert.Equal(
            rows[0].GetProperty("std").GetDouble(),
            double.Parse(csv.Split("\r\n")[1].Split(',')[^1], System.Globalization.CultureInfo.InvariantCulture));
        var parquet = await client.GetByteArrayAsync("api/v1/sweeps/tiny/series/weight-moments?format=parquet", Token);
        Assert.Equal("PAR1", Encoding.ASCII.GetString(parquet[..4]));

        var why = await GetAsync(client, "tiny/shards/tiny-a@step10");
        Assert.All(why.EnumerateArray(), reason => Assert.Equal("committed", reason.GetProperty("state").GetString()));
        var description = await client.GetStringAsync("api/v1/openapi.json", Token);
        Assert.Contains("\"3.1", description, StringComparison.Ordinal);
        Assert.DoesNotContain("/orleans", description, StringComparison.Ordinal);
        Assert.Contains("<script", await client.GetStringAsync("orleans/", Token), StringComparison.Ordinal); // Orleans' own dashboard
        Assert.NotEmpty(await client.GetStringAsync("orleans/index.min.js", Token));
        Assert.Contains("pythia", await client.GetStringAsync("orleans/DashboardCounters", Token), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Events_TellTheProgressUntilTheEnd()
    {
        using var suite = new TinySuite(steps: 5);
        await using var bed = await ClusterFixture.StartAsync(suite, workers: 1);
        using var client = new HttpClient { BaseAddress = bed.Control.Http };
        bed.Slow(200);
        await client.PostAsJsonAsync("api/v1/sweeps", StartOf(suite), Token);

        var events = await client.GetStringAsync("api/v1/sweeps/tiny/events", Token); // ends when the sweep does

        var done = events.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal))
            .Select(line => JsonDocument.Parse(line["data: ".Length..]).RootElement.GetProperty("done").GetInt32()).ToArray();
        Assert.Contains("event: ended", events, StringComparison.Ordinal);
        Assert.Equal(suite.Shards, done[^1]);
        Assert.Equal(done.Order(), done);
        Assert.True(done.Length > 1, events);
    }

    [Fact]
    public async Task Shard_QuarantinedAndRepaired_IsRetriedAlone()
    {
        using var suite = new TinySuite(steps: 4);
        var weights = suite.WeightsOf("tiny-b", 20);
        var sound = await File.ReadAllBytesAsync(weights, Token);
        await File.WriteAllBytesAsync(weights, sound[..100], Token);
        await using var bed = await ClusterFixture.StartAsync(suite, workers: 1);
        using var client = new HttpClient { BaseAddress = bed.Control.Http };
        await client.PostAsJsonAsync("api/v1/sweeps", StartOf(suite), Token);
        await UntilAsync(client, "tiny", progress => progress.GetProperty("state").GetString() == "completed_with_failures");
        var failure = (await GetAsync(client, "tiny/failures")).GetProperty("items")[0];
        Assert.Equal(
            ("tiny-b@step20", "permanent"), (failure.GetProperty("checkpoint").GetString(), failure.GetProperty("kind").GetString()));
        Assert.Contains(weights, failure.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, (await EmptyPostAsync(client, "tiny/shards/tiny-a@step20/retry")).StatusCode);

        await File.WriteAllBytesAsync(weights, sound, Token);
        Assert.Equal(HttpStatusCode.Accepted, (await EmptyPostAsync(client, "tiny/shards/tiny-b@step20/retry")).StatusCode);

        await UntilAsync(client, "tiny", progress => progress.GetProperty("state").GetString() == "completed");
        Assert.Equal(0, (await GetAsync(client, "tiny/failures")).GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task Keys_DecideWhoReadsAndWhoWrites()
    {
        const string reader = "a key that reads", writer = "a key that writes";
        using var suite = new TinySuite(steps: 1);
        await using var bed = await ClusterFixture.StartAsync(
            suite, workers: 0, options:
            [
                "Api:Keys:0:Name=reader", $"Api:Keys:0:Hash={HashOf(reader)}", "Api:Keys:1:Name=writer",
                $"Api:Keys:1:Hash={HashOf(writer)}", "Api:Keys:1:Scope=Write",
            ]);

        Assert.Equal(HttpStatusCode.Unauthorized, await GetStatusAsync(null));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetStatusAsync(new AuthenticationHeaderValue("Bearer", "a guess")));
        Assert.Equal(HttpStatusCode.OK, await GetStatusAsync(new AuthenticationHeaderValue("Bearer", reader)));
        Assert.Equal(
            HttpStatusCode.OK,
            await GetStatusAsync(
                new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("anybody:" + reader)))));
        Assert.Equal(HttpStatusCode.Forbidden, await PostStatusAsync(reader, "{}"));
        Assert.Equal(HttpStatusCode.BadRequest, await PostStatusAsync(writer, """{ "source": "/nowhere/at/all" }"""));
        Assert.Equal(HttpStatusCode.BadRequest, await PostStatusAsync(writer, """{ "sourse": "hub" }"""));
        Assert.Equal(
            HttpStatusCode.RequestEntityTooLarge, await PostStatusAsync(writer, $$"""{ "source": "{{new string('x', 2 << 20)}}" }"""));
        using var open = new HttpClient { BaseAddress = bed.Control.Http };
        Assert.Equal(HttpStatusCode.OK, (await open.GetAsync("healthz/ready", Token)).StatusCode);

        async Task<HttpStatusCode> GetStatusAsync(AuthenticationHeaderValue? who)
        {
            using var client = new HttpClient { BaseAddress = bed.Control.Http };
            client.DefaultRequestHeaders.Authorization = who;
            return (await client.GetAsync("api/v1/sweeps", Token)).StatusCode;
        }

        async Task<HttpStatusCode> PostStatusAsync(string key, string body)
        {
            using var client = new HttpClient { BaseAddress = bed.Control.Http };
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
            var answer = await client.PostAsync("api/v1/sweeps", new StringContent(body, Encoding.UTF8, "application/json"), Token);
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task Requests_ThatNobodyShouldMake_AreRefused()
    {
        using var suite = new TinySuite(steps: 1);
        await using var bed = await ClusterFixture.StartAsync(suite, workers: 0, options: "Api:RequestsPerSecond=5");
        using var client = new HttpClient { BaseAddress = bed.Control.Http };

        using var elsewhere = new HttpRequestMessage(HttpMethod.Get, "api/v1/sweeps");
        elsewhere.Headers.Host = "a-page-of-somebody-else.example";
        Assert.Equal(HttpStatusCode.Forbidden, (await client.SendAsync(elsewhere, Token)).StatusCode);
        Assert.Equal(
            HttpStatusCode.UnsupportedMediaType,
            (await client.PostAsync("api/v1/sweeps/tiny/cancel", new StringContent("a form"), Token)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("api/v1/sweeps/tiny", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync("api/v1/sweeps/..%2F..%2Fetc", Token)).StatusCode);
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 40).Select(async _ => (await client.GetAsync("api/v1/models", Token)).StatusCode));
        Assert.Contains(HttpStatusCode.TooManyRequests, answers);
    }

    [Fact]
    public async Task ControlSilo_WithoutKeys_ServesLoopbackOnly()
    {
        using var suite = new TinySuite(steps: 1);
        var (code, _, errors) = await PythiaProcess.RunAsync("silo", "--http", "0.0.0.0:0", "--store", suite.Store("store"));

        Assert.Equal(2, code);
        Assert.Contains("Http:Address = '0.0.0.0:0'", errors, StringComparison.Ordinal);
    }

    private static object StartOf(TinySuite suite) => new
    {
        source = suite.Source,
        name = "tiny",
        models = TinySuite.Models,
        steps = $"0..{suite.Steps[^1]}:10",
        reference_step = 0,
        analyses = new[] { "weight-moments", "weight-distance", "weight-distribution", "weight-spectrum", "integrity" },
    };

    private static string HashOf(string key) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    private static async Task<JsonElement> GetAsync(HttpClient client, string path) =>
        JsonDocument.Parse(await client.GetStringAsync($"api/v1/sweeps/{path}", Token)).RootElement;

    private static Task<HttpResponseMessage> EmptyPostAsync(HttpClient client, string path) =>
        client.PostAsync($"api/v1/sweeps/{path}", new StringContent("", Encoding.UTF8, "application/json"), Token);

    private static async Task<JsonElement> PostAsync(HttpClient client, string path)
    {
        var answer = await EmptyPostAsync(client, path);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Token));
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Token);
    }

    private static Task UntilAsync(HttpClient client, string sweep, Func<JsonElement, bool> wanted) =>
        UntilAsync(client, sweep, async () => wanted(await GetAsync(client, sweep)));

    private static Task UntilAsync(HttpClient client, string sweep, Func<Task<bool>> wanted) =>
        Servers.UntilAsync(wanted, () => $"sweep {sweep} at {client.BaseAddress}");
}
