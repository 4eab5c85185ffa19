namespace PythiaOrleans.Checkpoints.Sources.Hub;

/// <summary>An answer whose bytes are still to be read; holds one of the client's connections until it is disposed.</summary>
/// <param name="response">The answer.</param>
/// <param name="whole">Whether it is the whole file because the server ignored the range.</param>
/// <param name="connections">Where the connection goes back to.</param>
internal sealed class RangeResponse(HttpResponseMessage response, bool whole, SemaphoreSlim connections) : IDisposable
{
    public bool Whole => whole;

    public Task<Stream> OpenAsync(CancellationToken cancellationToken) => response.Content.ReadAsStreamAsync(cancellationToken);

    public void Dispose()
    {
        response.Dispose();
        connections.Release();
    }
}
