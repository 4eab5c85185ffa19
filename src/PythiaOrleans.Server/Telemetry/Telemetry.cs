using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using PythiaOrleans.Core.Telemetry;
using PythiaOrleans.Server.Configuration;
using PythiaOrleans.Server.Devices;
using PythiaOrleans.Server.Execution;

namespace PythiaOrleans.Server.Telemetry;

/// <summary>What a silo tells of itself: metrics for Prometheus, and metrics and traces over OTLP where an endpoint is set.</summary>
internal static class Telemetry
{
    /// <summary>OpenTelemetry's own variable: where metrics and traces are sent. Unset sends nothing.</summary>
    public const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private const string VariablePrefix = "OTEL_";

    private const string MetricsPath = "/metrics";

    // Orleans measures messages in many sizes; per scrape and silo these are too many for what they tell.
    private static readonly double[] MessageBytes = [1_000, 10_000, 100_000, 1_000_000];
    private static readonly double[] Milliseconds = [1, 10, 50, 100, 500, 1_000, 5_000, 30_000];

    public static void AddPythiaTelemetry(this IHostApplicationBuilder builder, PythiaOptions options)
    {
        // OpenTelemetry reads its variables through the host's configuration, and this host takes nothing else from the environment.
        builder.Configuration.AddInMemoryCollection(Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .Where(variable => ((string)variable.Key).StartsWith(VariablePrefix, StringComparison.Ordinal))
            .Select(variable => new KeyValuePair<string, string?>((string)variable.Key, (string?)variable.Value)));
        var telemetry = builder.Services.AddOpenTelemetry().ConfigureResource(resource => resource
            .AddService("pythia", serviceNamespace: options.ClusterId, serviceVersion: ShardRunner.SoftwareVersion)
            .AddAttributes([new("pythia.role", options.Role.ToString().ToLowerInvariant())]));
        telemetry.WithMetrics(metrics => metrics
            .AddMeter(
                PythiaInstruments.Name,
                "Microsoft.Orleans",
                "System.Runtime",
                "Microsoft.AspNetCore.Hosting",
                "Microsoft.AspNetCore.Server.Kestrel")
            .AddView(
                instrument =>
                    instrument.Meter.Name == "Microsoft.Orleans"
                        && instrument.GetType().Name.StartsWith("Histogram", StringComparison.Ordinal)
                ? new ExplicitBucketHistogramConfiguration { Boundaries = instrument.Unit == "bytes" ? MessageBytes : Milliseconds }
                : null)
            .AddPrometheusExporter());
        builder.Services.AddActivatedSingleton<DeviceGauges>();
        if (Environment.GetEnvironmentVariable(EndpointVariable) is { Length: > 0 })
        {
            telemetry.WithTracing(tracing => tracing.AddSource(PythiaInstruments.Name)).UseOtlpExporter();
        }
    }

    public static void MapPythiaMetrics(this WebApplication app) => app.MapPrometheusScrapingEndpoint(MetricsPath).DisableRateLimiting();
}
