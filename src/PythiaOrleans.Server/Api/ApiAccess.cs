using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using PythiaOrleans.Core.Telemetry;
using PythiaOrleans.Server.Configuration;

namespace PythiaOrleans.Server.Api;

/// <summary>
/// Lets in requests with a key: as a bearer token, or as the password of basic authentication, which every browser knows how to ask for.
/// </summary>
/// <remarks>
/// Where no keys are configured, only loopback is served. Then the request must name a loopback host, or any web page could speak to the
/// silo through the
/// browser of a visitor. Wrong keys are limited and logged. A right key is let in all the same: keys have 256 random bits, and behind a
/// proxy all clients
/// share an address.
/// </remarks>
internal sealed partial class ApiAccess : IDisposable
{
    private static readonly TimeSpan LoginWindow = TimeSpan.FromMinutes(1);

    private static readonly Counter<long> RefusedLogins = PythiaInstruments.Meter.CreateCounter<long>(
        "pythia.api.refused.logins", description: "Requests with a wrong API key.");

    private readonly ApiKeyRing _keys;
    private readonly PartitionedRateLimiter<string> _wrongKeys;
    private readonly ApiOptions _options;
    private readonly ILogger<ApiAccess> _logger;

    public ApiAccess(ApiOptions options, ILogger<ApiAccess> logger)
    {
        _options = options;
        _logger = logger;
        _keys = new ApiKeyRing(options.Keys);
        _wrongKeys = PartitionedRateLimiter.Create<string, string>(address => RateLimitPartition.GetFixedWindowLimiter(
            address, _ => new FixedWindowRateLimiterOptions { PermitLimit = options.FailedLoginsPerMinute, Window = LoginWindow }));
    }

    /// <summary>
    /// Paths that need no key: probes, and metrics, which name sweeps to those only who have one (<see cref="MetricsAccess"/>).
    /// </summary>
    public static bool IsOpen(PathString path) => path.StartsWithSegments("/healthz") || path.StartsWithSegments("/metrics");

    public void Dispose() => _wrongKeys.Dispose();

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (Refuse(context) is var (status, detail) && status != 0)
        {
            if (status == StatusCodes.Status401Unauthorized)
            {
                context.Response.Headers.WWWAuthenticate = "Basic realm=\"pythia\", charset=\"UTF-8\"";
            }

            await ApiProblems.WriteAsync(context, status, detail).ConfigureAwait(false);
            return;
        }

        context.Response.Headers.XContentTypeOptions = "nosniff";
        await next(context).ConfigureAwait(false);
    }

    /// <summary>Why a request is refused, as a status and a sentence; status 0 lets it in.</summary>
    internal (int Status, string Detail) Refuse(HttpContext context)
    {
        if (IsOpen(context.Request.Path))
        {
            return default;
        }

        var writes = !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method);
        if (writes && context.Request.ContentType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) != true)
        {
            // A form of another site cannot send this type without asking first.
            return (
                StatusCodes.Status415UnsupportedMediaType,
                "Send Content-Type: application/json with every request that changes something; an empty body will do where none is "
                    + "needed.");
        }

        return _keys.IsEmpty ? RefuseHost(context.Request.Host.Host) : RefuseKey(context, writes);
    }

    private static (int Status, string Detail) RefuseHost(string host) => IsLoopback(host)
        ? default
        : (StatusCodes.Status403Forbidden, $"Without API keys the silo answers to localhost only, not to '{host}'. Configure Api:Keys.");

    private static bool IsLoopback(string host) => host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private (int Status, string Detail) RefuseKey(HttpContext context, bool writes)
    {
        if (ApiKeyRing.Read(context.Request.Headers.Authorization.ToString()) is not { } presented)
        {
            return (
                StatusCodes.Status401Unauthorized,
                "Send Authorization: Bearer KEY. `pythia api-key` makes a key; its hash belongs into the option Api:Keys.");
        }

        if (_keys.Find(presented) is not { } key)
        {
            return RefuseWrongKey(context);
        }

        if (writes && key.Scope != ApiScope.Write)
        {
            return (
                StatusCodes.Status403Forbidden,
                $"The key '{key.Name}' has scope Read; starting and steering sweeps needs one with scope Write.");
        }

        if (writes)
        {
            LogWrite(_logger, key.Name, context.Request.Method, context.Request.Path);
        }

        return default;
    }

    private (int Status, string Detail) RefuseWrongKey(HttpContext context)
    {
        RefusedLogins.Add(1);
        var address = $"{context.Connection.RemoteIpAddress}";
        using var lease = _wrongKeys.AttemptAcquire(address);
        if (!lease.IsAcquired)
        {
            context.Response.Headers.RetryAfter = LoginWindow.TotalSeconds.ToString(CultureInfo.InvariantCulture);
            return (
                StatusCodes.Status429TooManyRequests,
                $"{_options.FailedLoginsPerMinute} wrong keys came from this address within a minute (Api:FailedLoginsPerMinute). Wait a "
                    + "minute.");
        }

        LogWrongKey(_logger, address, context.Request.Method, context.Request.Path);
        return (
            StatusCodes.Status401Unauthorized,
            "This key is not one of Api:Keys. `pythia api-key` makes a key and prints the hash that belongs there.");
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Key}: {Method} {Path}")]
    private static partial void LogWrite(ILogger logger, string key, string method, string path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A wrong API key came from {Address}: {Method} {Path}")]
    private static partial void LogWrongKey(ILogger logger, string address, string method, string path);
}
