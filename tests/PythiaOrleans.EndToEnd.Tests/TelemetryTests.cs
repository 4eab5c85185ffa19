using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>What leaves the process over OTLP, and that nothing does where no collector is named.</summary>
public sealed class TelemetryTests
{
    [Fact]
    public async Task Sweep_WithACollector_SendsTracesOfItsTasksAndMetrics()
    {
        var received = new ConcurrentDictionary<string, ConcurrentBag<string>>();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        await using var collector = builder.Build();
        collector.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            received.GetOrAdd(context.Request.Path, _ => []).Add(
                Encoding.Latin1.GetString(body.ToArray())); // protobuf holds its texts as they are
            context.Response.ContentType = "application/x-protobuf";
        });
        await collector.StartAsync(TestContext.Current.CancellationToken);
        using var suite = new TinySuite(steps: 3);

        var (code, _, errors) = await PythiaProcess.RunAsync(
            new Dictionary<string, string>
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Urls.First(),
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            }, suite.SweepArguments("traced"));

        Assert.True(code == 0, errors);
        var traces = string.Concat(received["/v1/traces"]);
        Assert.All(
            new[] { "task", "fetch", "load", "compute", "commit", "pythia.sweep", "tiny-a", "tiny-b", "weight-moments" },
            text => Assert.Contains(text, traces, StringComparison.Ordinal));
        Assert.Contains("pythia.compute.duration", string.Concat(received["/v1/metrics"]), StringComparison.Ordinal);
    }
}
