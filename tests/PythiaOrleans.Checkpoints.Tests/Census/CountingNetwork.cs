namespace PythiaOrleans.Checkpoints.Tests;

/// <summary>Counts what goes over the network in both directions: request and status lines, headers and bodies.</summary>
/// <param name="traffic">The count, which outlives the network.</param>
internal sealed class CountingNetwork(Traffic traffic) : DelegatingHandler(new SocketsHttpHandler { AllowAutoRedirect = false })
{
    private const int LineBytes = 16; // HTTP/1.1 200 OK and its line end

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        await response.Content.LoadIntoBufferAsync(cancellationToken);
        var bytes = request.RequestUri!.ToString().Length + request.Headers.ToString().Length + LineBytes
            + response.Headers.ToString().Length + response.Content.Headers.ToString().Length
            + (await response.Content.ReadAsByteArrayAsync(cancellationToken)).Length;
        traffic.Add(bytes);
        return response;
    }
}
