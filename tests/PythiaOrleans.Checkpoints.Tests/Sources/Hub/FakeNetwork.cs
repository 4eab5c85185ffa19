using System.Collections.Concurrent;

namespace PythiaOrleans.Checkpoints.Tests;

/// <summary>A network in which one function answers every request.</summary>
internal sealed class FakeNetwork(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
{
    /// <summary>Every address that was asked.</summary>
    public ConcurrentQueue<Uri> Requests { get; } = new();

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests.Enqueue(request.RequestUri!);
        var response = answer(request);
        response.RequestMessage = request;
        return Task.FromResult(response);
    }
}
