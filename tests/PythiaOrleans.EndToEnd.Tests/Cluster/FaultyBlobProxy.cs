using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>
/// Stands between silos and blob storage and does what networks do: refuses some requests, and loses the replies to others that were
/// carried out.
/// </summary>
internal sealed class FaultyBlobProxy : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _upstream = new(
        new SocketsHttpHandler { AllowAutoRedirect = false, AutomaticDecompression = System.Net.DecompressionMethods.None });
    private readonly Uri _storage;
    private readonly Random _random;
    private int _refused;
    private int _lost;

    private FaultyBlobProxy(WebApplication app, Uri storage, int seed)
    {
        (_app, _storage, _random) = (app, storage, new Random(seed));
        app.Run(ForwardAsync);
    }

    /// <summary>Of a hundred requests, how many are answered 503 and not carried out.</summary>
    public int RefusedPercent { get; init; }

    /// <summary>Of a hundred requests, how many are carried out and never answered.</summary>
    public int LostPercent { get; init; }

    /// <summary>How much later every request is carried out.</summary>
    public int DelayMilliseconds { get; set; }

    public int Refused => _refused;

    public int Lost => _lost;

    public string Address => _app.Urls.First();

    public static async Task<FaultyBlobProxy> StartAsync(Uri storage, int seed, int refusedPercent, int lostPercent)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var proxy = new FaultyBlobProxy(builder.Build(), storage, seed) { RefusedPercent = refusedPercent, LostPercent = lostPercent };
        await proxy._app.StartAsync();
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _upstream.Dispose();
    }

    private async Task ForwardAsync(HttpContext context)
    {
        await Task.Delay(DelayMilliseconds);
        var chance = Draw();
        if (chance < RefusedPercent)
        {
            Interlocked.Increment(ref _refused);
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers["x-ms-error-code"] = "ServerBusy";
            return;
        }

        using var request = new HttpRequestMessage(
            new HttpMethod(context.Request.Method), new Uri(_storage, context.Request.Path.ToUriComponent() + context.Request.QueryString));
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        if (body.Length > 0 || HttpMethods.IsPut(context.Request.Method))
        {
            request.Content = new ByteArrayContent(body.ToArray());
        }

        foreach (
            var (name, values) in context.Request.Headers.Where(
                header => header.Key is not ("Host" or "Transfer-Encoding" or "Connection")))
        {
            if (!request.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
            }
        }

        HttpResponseMessage answer;
        try
        {
            answer = await _upstream.SendAsync(request);
        }
        catch (HttpRequestException)
        {
            context.Abort(); // the storage is away, and so is what stands before it
            return;
        }

        using var sent = answer;
        if (chance < RefusedPercent + LostPercent)
        {
            Interlocked.Increment(ref _lost);
            context.Abort();
            return;
        }

        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers).Where(header => header.Key is not "Transfer-Encoding"))
        {
            context.Response.Headers[name] = values.ToArray();
        }

        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await answer.Content.CopyToAsync(context.Response.Body);
        }
    }

    private int Draw()
    {
        lock (_random)
        {
            return _random.Next(100);
        }
    }
}
