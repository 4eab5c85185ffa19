using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using PythiaOrleans.Server.Configuration;

namespace PythiaOrleans.Server.Api;

/// <summary>Lets in who has a key: as a bearer token, or as the password of basic authentication, which every browser knows how to ask for.</summary>
/// <remarks>Where no keys are configured, only loopback is served; then the request must name a loopback host, or any web page could speak to the silo through its visitor's browser.</remarks>
internal sealed partial class ApiAccess(ApiOptions options, ILogger<ApiAccess> logger)
{
    private readonly (byte[] Hash, ApiKey Key)[] _keys = [.. options.Keys.Select(key => (Convert.FromHexString(key.Hash), key))];

    /// <summary>Paths that anybody may see: probes and metrics hold no results and no names beyond those of models.</summary>
    public static bool IsOpen(PathString path) => path.StartsWithSegments("/healthz") || path.StartsWithSegments("/metrics");

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (Refuse(context) is var (status, title, detail) && status != 0)
        {
            if (status == StatusCodes.Status401Unauthorized)
            {
                context.Response.Headers.WWWAuthenticate = "Basic realm=\"pythia\", charset=\"UTF-8\"";
            }

            await ApiProblems.WriteAsync(context, status, title, detail).ConfigureAwait(false);
            return;
        }

        context.Response.Headers.XContentTypeOptions = "nosniff";
        await next(context).ConfigureAwait(false);
    }

    private (int Status, string Title, string Detail) Refuse(HttpContext context)
    {
        if (IsOpen(context.Request.Path))
        {
            return default;
        }

        var writes = !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method);
        if (writes && context.Request.ContentType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) != true)
        {
            // A form of another site cannot send this type without asking first.
            return (StatusCodes.Status415UnsupportedMediaType, "JSON is expected", "Send Content-Type: application/json with every request that changes something; an empty body will do where none is needed.");
        }

        if (_keys.Length == 0)
        {
            return IsLoopback(context.Request.Host.Host)
                ? default
                : (StatusCodes.Status403Forbidden, "Not this host", $"Without API keys the silo answers to localhost only, not to '{context.Request.Host.Host}'. Configure Api:Keys.");
        }

        if (KeyOf(context.Request.Headers.Authorization.ToString()) is not { } presented || Find(presented) is not { } key)
        {
            return (StatusCodes.Status401Unauthorized, "A key is needed", "Send Authorization: Bearer KEY. `pythia api-key` makes a key; its hash belongs into the option Api:Keys.");
        }

        if (writes && key.Scope != ApiScope.Write)
        {
            return (StatusCodes.Status403Forbidden, "This key only reads", $"The key '{key.Name}' has scope Read; starting and steering sweeps needs one with scope Write.");
        }

        if (writes)
        {
            LogWrite(logger, key.Name, context.Request.Method, context.Request.Path);
        }

        return default;
    }

    private static bool IsLoopback(string host) => host == "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static string? KeyOf(string header)
    {
        if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return header["Bearer ".Length..].Trim();
        }

        var encoded = header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase) ? header["Basic ".Length..].Trim() : "";
        var bytes = new byte[encoded.Length];
        return encoded.Length > 0 && Base64.IsValid(encoded) && Convert.TryFromBase64String(encoded, bytes, out var length)
            ? Encoding.UTF8.GetString(bytes, 0, length).Split(':', 2) is [_, var password] ? password : null
            : null;
    }

    // Every hash is compared to its end, whatever came before: the time that it takes tells nothing.
    private ApiKey? Find(string presented)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(presented));
        ApiKey? found = null;
        foreach (var (known, key) in _keys)
        {
            found = CryptographicOperations.FixedTimeEquals(known, hash) ? key : found;
        }

        return found;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Key}: {Method} {Path}")]
    private static partial void LogWrite(ILogger logger, string key, string method, string path);
}
