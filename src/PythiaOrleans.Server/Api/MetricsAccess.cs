using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using PythiaOrleans.Server.Configuration;

namespace PythiaOrleans.Server.Api;

/// <summary>
/// Serves <c>/metrics</c> to every client, but the families that name sweeps only to clients with a key: a sweep's name may tell what
/// its user works on.
/// </summary>
/// <remarks>
/// They are served without a key where <c>Api:OpenMetrics</c> says so, or where there are no keys and only this machine is served.
/// </remarks>
/// <param name="options">The silo's options.</param>
internal sealed class MetricsAccess(PythiaOptions options)
{
    private const string Path = "/metrics";

    private static readonly string[] Hidden = ["pythia_sweep_", "# TYPE pythia_sweep_", "# HELP pythia_sweep_", "# UNIT pythia_sweep_"];

    private readonly ApiKeyRing _keys = new(options.Api.Keys);
    private readonly bool _isOpen = options.Api.OpenMetrics
        || (options.Api.Keys.Count == 0
            && IPEndPoint.TryParse(options.Http.Address, out var served)
            && IPAddress.IsLoopback(served.Address));

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (!context.Request.Path.StartsWithSegments(Path) || MayNameSweeps(context))
        {
            await next(context).ConfigureAwait(false);
            return;
        }

        var body = context.Response.Body;
        using var whole = new MemoryStream();
        context.Request.Headers.Remove("Accept-Encoding");
        context.Response.Body = whole;
        try
        {
            await next(context).ConfigureAwait(false);
        }
        finally
        {
            context.Response.Body = body;
        }

        context.Response.ContentLength = null;
        await context.Response.WriteAsync(
            WithoutSweeps(Encoding.UTF8.GetString(whole.GetBuffer(), 0, (int)whole.Length)), context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>Metrics without those that name sweeps.</summary>
    internal static string WithoutSweeps(string metrics) => string.Join(
        '\n', metrics.Split('\n').Where(line => !Array.Exists(Hidden, start => line.StartsWith(start, StringComparison.Ordinal))));

    private bool MayNameSweeps(HttpContext context) =>
        _isOpen || (ApiKeyRing.Read(context.Request.Headers.Authorization.ToString()) is { } key && _keys.Find(key) is not null);
}
