namespace PythiaOrleans.Checkpoints.Sources.Hub;

/// <summary>An answer whose bytes are still to be read; holds one of the client's connections until it is disposed.</summary>
/// <param name="response">The answer.</param>
/// <param name="whole">Whether it is the whole file because the server ignored the range.</param>
/// <param name="connections">Where the connection goes back to.</param>
internal sealed class RangeResponse(HttpResponseMessage response, bool whole, SemaphoreSlim connections) : IDisposable
{
    public bool Whole => whole;

    /// <summary>The bytes. A whole file is unpacked where a proxy packed it; which bytes a packed range holds is not defined.</summary>
    public Task<Stream> OpenAsync(CancellationToken cancellationToken) => whole || response.Content.Headers.ContentEncoding.Count == 0
        ? response.Content.OpenBodyAsync(cancellationToken)
        : throw new IOException(
            $"{response.RequestMessage?.RequestUri?.AbsolutePath}: a range came with Content-Encoding "
                + $"{string.Join(", ", response.Content.Headers.ContentEncoding)}.");

    public void Dispose()
    {
        response.Dispose();
        connections.Release();
    }
}
