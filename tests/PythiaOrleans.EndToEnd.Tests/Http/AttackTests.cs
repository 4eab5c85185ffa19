using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>
/// A stranger's requests to a control silo with keys: none may end in an error of the server, name a type or a file of it, or be let in
/// where it should not be.
/// </summary>
public sealed class AttackTests
{
    private const string Reader = "a key that reads";
    private const string Writer = "a key that writes";
    private const string Json = "application/json";

    private static readonly string Deep = new string('[', 100_000) + new string(']', 100_000);
    private static readonly string Large = $$"""{ "source": "{{new string('x', 2 << 20)}}" }""";

    // Method, path, key, type and body of each request, and what may be answered.
    private static readonly Attack[] Attacks =
    [
        // Without a key, or with a wrong one.
        new("GET", "/", null, 401), new("GET", "/page.js", null, 401), new("GET", "/api/v1/sweeps", null, 401),
        new("GET", "/api/v1/workers", null, 401), new("GET", "/api/v1/openapi.json", null, 401), new("GET", "/orleans/", null, 401),
        new("GET", "/api/v1/sweeps", "wrong", 401), new("GET", "/api/v1/sweeps", " ", 401),
        new("GET", "/api/v1/sweeps", new string('k', 7000), 401), new("POST", "/api/v1/sweeps", null, 401) { Body = "{}" },
        new("POST", "/api/v1/sweeps/s/cancel", null, 401) { Body = "" }, new("DELETE", "/api/v1/sweeps/s", null, 401) { Body = "" },
        new("TRACE", "/api/v1/sweeps", null, 401, 405, 415), new("OPTIONS", "/api/v1/sweeps", null, 401, 415),

        // Paths that lead out, and names that are none.
        new("GET", "/../../etc/passwd", Reader, 404), new("GET", "/%2e%2e/%2e%2e/etc/passwd", Reader, 404),
        new("GET", "/api/v1/sweeps/..%2F..%2Fetc", Reader, 400, 404), new("GET", "/api/v1/sweeps/%00", Reader, 400, 404),
        new("GET", "/api/v1/sweeps/a%20b", Reader, 400, 404), new("GET", "/api/v1/sweeps/%3Cscript%3E", Reader, 400, 404),
        new("GET", $"/api/v1/sweeps/{new string('n', 97)}", Reader, 400, 404), new("GET", "/api/v1/sweeps/none", Reader, 404),
        new("GET", "/api/v1/sweeps/none/events", Reader, 404), new("GET", "/api/v1/sweeps/none/map", Reader, 404),
        new("GET", "/api/v1/sweeps/none/spec", Reader, 404), new("GET", "/api/v1/sweeps/none/shards", Reader, 404),
        new("GET", "/api/v1/sweeps/none/failures", Reader, 404), new("GET", "/api/v1/sweeps/none/series", Reader, 404),
        new("GET", "/api/v1/sweeps/none/series/weight-moments", Reader, 404),
        new("GET", "/api/v1/sweeps/none/series/..%2F..%2Fx", Reader, 400, 404),
        new("GET", "/api/v1/sweeps/none/shards/pythia-14m@step0", Reader, 404),
        new("GET", "/api/v1/sweeps/none/shards/nonsense", Reader, 400, 404), new("GET", "/orleans/../../x", Reader, 404),
        new("GET", "/api/v1/nothing", Reader, 404), new("GET", "/api/v9/sweeps", Reader, 404), new("GET", "/.git/config", Reader, 404),

        // Numbers out of range.
        new("GET", "/api/v1/sweeps?skip=-1", Reader, 400), new("GET", "/api/v1/sweeps?take=0", Reader, 400),
        new("GET", "/api/v1/sweeps?skip=2147483647", Reader, 200), new("GET", "/api/v1/sweeps?skip=99999999999", Reader, 400),
        new("GET", "/api/v1/sweeps?take=x", Reader, 400), new("GET", $"/api/v1/sweeps?{new string('q', 6000)}", Reader, 200, 414),

        // Writing with a key that reads, and with bodies that are none.
        new("POST", "/api/v1/sweeps", Reader, 403) { Body = "{}" }, new("POST", "/api/v1/sweeps/s/pause", Reader, 403) { Body = "" },
        new("POST", "/api/v1/sweeps", Writer, 400) { Body = "" }, new("POST", "/api/v1/sweeps", Writer, 400) { Body = "null" },
        new("POST", "/api/v1/sweeps", Writer, 400) { Body = "[]" },
        new("POST", "/api/v1/sweeps", Writer, 400) { Body = "{\"source\":1}", Says = "$.source" },
        new("POST", "/api/v1/sweeps", Writer, 400) { Body = Deep }, new("POST", "/api/v1/sweeps", Writer, 413) { Body = Large },
        new("POST", "/api/v1/sweeps", Writer, 415) { Body = "source=hub", Type = "application/x-www-form-urlencoded" },
        new("POST", "/api/v1/sweeps", Writer, 400) { Body = """{ "sourse": "hub" }""", Says = "'sourse'" },
        new("POST", "/api/v1/sweeps", Writer, 400) { Body = """{ "source": "https://evil.example/container" }""" },
        new("POST", "/api/v1/sweeps", Writer, 400) { Body = """{ "source": "/nowhere/at/all" }""" },
        new("POST", "/api/v1/sweeps", Writer, 400) { Body = """{ "source": "hub", "steps": "0..2000000000:1" }""" },
        new("POST", "/api/v1/sweeps", Writer, 400) { Body = """{ "source": "hub", "name": "../x" }""" },
        new("POST", "/api/v1/sweeps", Writer, 400) { Body = """{ "source": "hub", "models": ["no-such-model"] }""" },
        new("POST", "/api/v1/sweeps/none/resume", Writer, 404) { Body = "" },
        new("PUT", "/api/v1/sweeps/none", Writer, 404, 405) { Body = "{}" },
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_OfAStranger_AreAnsweredWithoutAnErrorOfTheServer()
    {
        Assert.Equal(59, Attacks.Length);
        using var suite = new TinySuite(steps: 1);
        await using var bed = await ClusterFixture.StartAsync(
            suite, workers: 0, options:
            [
                "Api:Keys:0:Name=reader", $"Api:Keys:0:Hash={HashOf(Reader)}",
                "Api:Keys:1:Name=writer", $"Api:Keys:1:Hash={HashOf(Writer)}",
                "Api:Keys:1:Scope=Write", "Api:RequestsPerSecond=1000",
            ]);
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        using var client = new HttpClient(handler) { BaseAddress = bed.Control.Http };

        foreach (var attack in Attacks)
        {
            using var answer = await client.SendAsync(attack.ToRequest(bed.Control.Http), Token);
            var body = await answer.Content.ReadAsStringAsync(Token);
            Assert.True(attack.Allowed.Contains((int)answer.StatusCode), $"{attack}: {(int)answer.StatusCode} {body}");
            Assert.Contains(attack.Says, body, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", body, StringComparison.Ordinal);
            Assert.DoesNotContain("PythiaOrleans.", body, StringComparison.Ordinal);
            Assert.DoesNotContain("root:", body, StringComparison.Ordinal);
            Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"), $"{attack}");
        }

        // It is well afterwards, and has told no key.
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("healthz/ready", Token)).StatusCode);
        Assert.DoesNotContain(Writer, bed.Log, StringComparison.Ordinal);
        Assert.Equal(0, StoreFiles.CountResults(bed.Store));
    }

    private static string HashOf(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    private sealed record Attack(string Method, string Path, string? Key, params int[] Allowed)
    {
        public string? Body { get; init; }

        public string Type { get; init; } = Json;

        /// <summary>What the answer must name.</summary>
        public string Says { get; init; } = "";

        public HttpRequestMessage ToRequest(Uri silo)
        {
            // As it is written: a Uri would make /../x harmless before it is sent.
            var uri = new Uri(
                $"{silo.GetLeftPart(UriPartial.Authority)}{Path}",
                new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
            var request = new HttpRequestMessage(new HttpMethod(Method), uri);
            if (Key is not null)
            {
                request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {Key}");
            }

            if (Body is not null)
            {
                request.Content = new StringContent(Body, Encoding.UTF8, new MediaTypeHeaderValue(Type));
            }

            return request;
        }

        public override string ToString() => $"{Method} {Path[..Math.Min(80, Path.Length)]} {Body?[..Math.Min(60, Body.Length)]}";
    }
}
