using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Http.Resilience;
using Polly;
using Polly.Retry;
using Polly.Timeout;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Checkpoints.Sources.Hub;

/// <summary>Sends requests to the hub: retries what may heal, waits as long as the hub asks, follows redirects, and gives the token to no other host.</summary>
internal sealed class HubTransport : IDisposable
{
    private const int MaxRedirects = 8;

    // A wait that is shorter than this is not worth a word to the user.
    private static readonly TimeSpan ShortWait = TimeSpan.FromSeconds(5);

    private readonly HubOptions _options;
    private readonly HttpMessageInvoker _patient;
    private readonly HttpMessageInvoker _quick;
    private readonly HttpMessageHandler _network;

    public HubTransport(HubOptions options)
    {
        _options = options;
        // Redirects are ours: a handler that follows them either leaks the token to the other host or loses it on the same one.
        _network = options.Transport ?? OpenNetwork(options);
        _patient = Build(Retries(options), options.ReadTimeout);
        _quick = Build(null, options.QuickTimeout);
    }

    /// <summary>Sends a request and follows its redirects. The answer's status is the caller's to judge.</summary>
    /// <param name="method">GET or HEAD.</param>
    /// <param name="url">Where.</param>
    /// <param name="range">Which bytes; null for all.</param>
    /// <param name="followToOtherHosts">False returns a redirect to another host as the answer.</param>
    /// <param name="retry">False gives up after one attempt of a few seconds.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="SourceUnavailableException">Nothing answers.</exception>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method,
        Uri url,
        RangeHeaderValue? range,
        bool followToOtherHosts,
        bool retry,
        CancellationToken cancellationToken)
    {
        for (var hop = 0; ; hop++)
        {
            var response = await SendOnceAsync(method, url, range, retry, cancellationToken).ConfigureAwait(false);
            if (response.Headers.Location is not { } location || !response.IsRedirect())
            {
                return response;
            }

            var target = new Uri(url, location);
            if (!followToOtherHosts && !IsEndpoint(target))
            {
                return response;
            }

            response.Dispose();
            if (hop == MaxRedirects || (url.Scheme == Uri.UriSchemeHttps && target.Scheme != Uri.UriSchemeHttps))
            {
                throw new AccessDeniedException(
                    $"{url.GetLeftPart(UriPartial.Path)}: redirected to {target.GetLeftPart(UriPartial.Path)}, which is "
                    + $"{(hop == MaxRedirects ? "one redirect too many" : "not encrypted")}.");
            }

            url = target;
        }
    }

    public void Dispose()
    {
        _patient.Dispose();
        _quick.Dispose();
        _network.Dispose();
    }

    private async Task<HttpResponseMessage> SendOnceAsync(
        HttpMethod method,
        Uri url,
        RangeHeaderValue? range,
        bool retry,
        CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, url);
        request.Headers.UserAgent.ParseAdd("PythiaOrleans/0.1");
        request.Headers.Range = range;
        request.Headers.AcceptEncoding.ParseAdd("identity");
        if (_options.Token is { } token && IsEndpoint(url))
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        try
        {
            return await (retry ? _patient : _quick).SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested && IsOutage(error))
        {
            throw new SourceUnavailableException(
                $"{url.GetLeftPart(UriPartial.Path)}: the hub does not answer ({error.GetBaseException().Message}) Check the network, HF_ENDPOINT and the proxy's variables.",
                error);
        }
    }

    private static bool IsOutage(Exception error) =>
        error is HttpRequestException or TimeoutRejectedException or ExecutionRejectedException or OperationCanceledException or IOException;

    private static SocketsHttpHandler OpenNetwork(HubOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        if (options.Proxy is { } proxy)
        {
            handler.Proxy = proxy;
        }

        return handler;
    }

    private HttpMessageInvoker Build(HttpRetryStrategyOptions? retries, TimeSpan timeout)
    {
        var pipeline = new ResiliencePipelineBuilder<HttpResponseMessage>();
        if (retries is not null)
        {
            pipeline.AddRetry(retries);
        }

        return new HttpMessageInvoker(new ResilienceHandler(pipeline.AddTimeout(timeout).Build()) { InnerHandler = _network }, disposeHandler: false);
    }

    private static HttpRetryStrategyOptions Retries(HubOptions options) => new()
    {
        MaxRetryAttempts = options.Attempts,
        Delay = options.RetryDelay,
        MaxDelay = TimeSpan.FromMinutes(1),
        BackoffType = DelayBackoffType.Exponential,
        UseJitter = true,
        ShouldRetryAfterHeader = false,
        DelayGenerator = arguments => ValueTask.FromResult(
            arguments.Outcome.Result is { } response ? HubWaits.Find(response, TimeProvider.System.GetUtcNow()) : null),
        OnRetry = arguments =>
        {
            if (arguments.RetryDelay >= ShortWait)
            {
                SourceNotices.Report(Describe(arguments));
            }

            return ValueTask.CompletedTask;
        },
    };

    private static string Describe(OnRetryArguments<HttpResponseMessage> retry)
    {
        var reason = retry.Outcome.Result is { } response ? $"answered {(int)response.StatusCode}" : "does not answer";
        return $"The hub {reason}; waiting {Math.Ceiling(retry.RetryDelay.TotalSeconds):0} s.";
    }

    private bool IsEndpoint(Uri url) =>
        url.Scheme == _options.Endpoint.Scheme && url.Authority.Equals(_options.Endpoint.Authority, StringComparison.OrdinalIgnoreCase);
}
