using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using PythiaOrleans.Server.Api;
using PythiaOrleans.Server.Configuration;

namespace PythiaOrleans.Server.Tests;

/// <summary>Who learns from <c>/metrics</c> what sweeps are called.</summary>
public sealed class MetricsAccessTests
{
    private const string Secret = "prometheus";
    private const string Metrics = """
        # TYPE pythia_sweep_state gauge
        # HELP pythia_sweep_state What a sweep is doing.
        pythia_sweep_state{sweep="secret-project"} 2 1
        # TYPE pythia_slots gauge
        pythia_slots 4 1
        # EOF

        """;

    private static readonly ApiKey[] Keys =
        [new() { Name = "prometheus", Hash = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Secret))), Scope = ApiScope.Read }];

    public static TheoryData<string, bool, bool, string?, bool> Cases => new()
    {
        // address, keys, Api:OpenMetrics, header, whether sweeps are named
        { "0.0.0.0:8080", true, false, null, false },
        { "0.0.0.0:8080", true, false, "Bearer wrong", false },
        { "0.0.0.0:8080", true, false, $"Bearer {Secret}", true },
        { "0.0.0.0:8080", true, true, null, true },
        { "127.0.0.1:8080", true, false, null, false },
        { "127.0.0.1:8080", false, false, null, true },
        { "10.0.0.1:8080", false, false, null, false }, // a worker has no keys, and may host a coordinator for a while
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Sweeps_AreNamedToThoseWithAKey(string address, bool hasKeys, bool isOpen, string? header, bool named)
    {
        var access = new MetricsAccess(new PythiaOptions
        {
            Http = new HttpOptions { Address = address },
            Api = new ApiOptions { Keys = hasKeys ? Keys : [], OpenMetrics = isOpen },
        });

        var text = await AskAsync(access, "/metrics", header);

        Assert.Equal(named, text.Contains("secret-project", StringComparison.Ordinal));
        Assert.Equal(named, text.Contains("pythia_sweep", StringComparison.Ordinal));
        Assert.Contains("# TYPE pythia_slots gauge\npythia_slots 4 1\n# EOF\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OtherPaths_AreLeftAlone()
    {
        var access = new MetricsAccess(new PythiaOptions { Api = new ApiOptions { Keys = Keys } });
        Assert.Equal(Metrics, await AskAsync(access, "/api/v1/sweeps", null));
    }

    private static async Task<string> AskAsync(MetricsAccess access, string path, string? header)
    {
        using var body = new MemoryStream();
        var context = new DefaultHttpContext();
        context.Request.Path = path;
        context.Request.Headers.Authorization = header;
        context.Response.Body = body;
        await access.InvokeAsync(context, answered => answered.Response.WriteAsync(Metrics));
        return Encoding.UTF8.GetString(body.ToArray());
    }
}
