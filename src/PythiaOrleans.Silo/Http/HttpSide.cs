using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Runtime;

namespace PythiaOrleans.Silo;

/// <summary>What a silo serves over HTTP.</summary>
internal static class HttpSide
{
    private const long LongestBody = 1 << 20;

    /// <exception cref="ArgumentException">The address is none.</exception>
    public static void AddTo(WebApplicationBuilder builder, PythiaOptions options)
    {
        if (!IPEndPoint.TryParse(options.Http.Address, out var endpoint))
        {
            throw new ArgumentException($"Http:Address = '{options.Http.Address}': expected an address and a port, for example 127.0.0.1:8080.");
        }

        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LongestBody;
            kestrel.Listen(endpoint);
        });
    }

    public static void Map(WebApplication app)
    {
        // Alive is the process; ready is a silo that others know and that does not drain.
        app.MapGet("/healthz/live", (HttpContext context) => Answer(context, context.RequestServices.GetService<MembershipWatch>() is not { Forgotten.IsCompleted: true }));
        app.MapGet("/healthz/ready", (HttpContext context) => Answer(
            context,
            context.RequestServices.GetRequiredService<ISiloStatusOracle>().CurrentStatus == SiloStatus.Active
                && !context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested));
    }

    private static Task Answer(HttpContext context, bool healthy)
    {
        context.Response.StatusCode = healthy ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return context.Response.WriteAsync(healthy ? "ok\n" : "not ready\n", context.RequestAborted);
    }
}
