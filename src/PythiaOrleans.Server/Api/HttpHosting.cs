using System.Net;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Runtime;
using PythiaOrleans.Server.Configuration;
using PythiaOrleans.Server.Membership;
using PythiaOrleans.Server.Planning;

namespace PythiaOrleans.Server.Api;

/// <summary>What a silo serves over HTTP: health and metrics on each, API and web page on those that coordinate.</summary>
internal static class HttpHosting
{
    private const long MaxBody = 1 << 20;

    /// <exception cref="ArgumentException">The address is none, or is not loopback although no key is needed.</exception>
    public static void AddTo(WebApplicationBuilder builder, PythiaOptions options)
    {
        var endpoint = EndpointOf(options);
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBody;
            kestrel.Listen(endpoint);
        });
        if (options.IsControl)
        {
            builder.Services.AddSingleton(options.Api);
            builder.Services.AddSingleton<ApiAccess>();
            builder.Services.AddSingleton<SweepWatchers>();
            builder.Services.AddSingleton<SourceCatalogs>();
            builder.Services.ConfigureHttpJsonOptions(json => ApiJson.Configure(json.SerializerOptions));
            builder.Services.AddRateLimiter(limiter => Limit(limiter, options.Api));
            builder.Services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true); // ApiProblems says why
            builder.Services.AddOpenApi("v1");
        }
    }

    public static void Map(WebApplication app, PythiaOptions options)
    {
        app.Use(new MetricsAccess(options).InvokeAsync);
        // Alive is the process; ready is a silo that others know and that does not drain.
        app.MapGet(
            "/healthz/live",
            (HttpContext context) => AnswerAsync(
                context, context.RequestServices.GetService<SiloFailure>() is not { Occurred.IsCompleted: true }))
            .ExcludeFromDescription().DisableRateLimiting();
        app.MapGet(
            "/healthz/ready",
            (HttpContext context) => AnswerAsync(
                context,
                context.RequestServices.GetRequiredService<ISiloStatusOracle>().CurrentStatus == SiloStatus.Active
                    && !context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested))
            .ExcludeFromDescription().DisableRateLimiting();
        if (options.IsControl)
        {
            app.Use(ApiProblems.InvokeAsync);
            app.Use(app.Services.GetRequiredService<ApiAccess>().InvokeAsync);
            app.UseRateLimiter();
            app.MapOpenApi("/api/{documentName}/openapi.json");
            var api = app.MapGroup("/api/v1");
            SweepApi.Map(api);
            SeriesApi.Map(api);
            ClusterApi.Map(api);
            OrleansDashboard.Map(app);
            WebPage.Map(app);
        }
    }

    private static IPEndPoint EndpointOf(PythiaOptions options)
    {
        if (!IPEndPoint.TryParse(options.Http.Address, out var endpoint))
        {
            throw new ArgumentException(
                $"Http:Address = '{options.Http.Address}': expected an address and a port, for example 127.0.0.1:8080.");
        }

        return options.IsControl && options.Api.Keys.Count == 0 && !IPAddress.IsLoopback(endpoint.Address)
            ? throw new ArgumentException(
                $"Http:Address = '{options.Http.Address}': whoever reached it could start and cancel sweeps, for Api:Keys is empty. Make "
                    + "a key with `pythia api-key`, or serve 127.0.0.1 only.")
            : endpoint;
    }

    private static void Limit(RateLimiterOptions limiter, ApiOptions options)
    {
        limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context => RateLimitPartition.GetTokenBucketLimiter(
            context.Connection.RemoteIpAddress?.ToString() ?? "",
            _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = 2 * options.RequestsPerSecond,
                TokensPerPeriod = options.RequestsPerSecond,
                ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            }));
        limiter.OnRejected = (rejected, _) => new ValueTask(ApiProblems.WriteAsync(
            rejected.HttpContext,
            StatusCodes.Status429TooManyRequests,
            $"One client may make {options.RequestsPerSecond} requests per second (Api:RequestsPerSecond); wait a second."));
    }

    private static Task AnswerAsync(HttpContext context, bool healthy)
    {
        context.Response.StatusCode = healthy ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return context.Response.WriteAsync(healthy ? "ok\n" : "not ready\n", context.RequestAborted);
    }
}
