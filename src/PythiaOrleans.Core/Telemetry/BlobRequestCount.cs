using Azure.Core;
using Azure.Core.Pipeline;

namespace PythiaOrleans.Core.Telemetry;

/// <summary>Counts every try of every request to blob storage, retries that the client makes by itself included.</summary>
internal sealed class BlobRequestCount : HttpPipelinePolicy
{
    /// <inheritdoc />
    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        int? status = null;
        try
        {
            ProcessNext(message, pipeline);
            status = message.Response.Status;
        }
        finally
        {
            Count(message, status);
        }
    }

    /// <inheritdoc />
    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        int? status = null;
        try
        {
            await ProcessNextAsync(message, pipeline).ConfigureAwait(false);
            status = message.Response.Status;
        }
        finally
        {
            Count(message, status);
        }
    }

    // Who gives up waiting says nothing about the storage.
    private static void Count(HttpMessage message, int? status)
    {
        if (status is not null || !message.CancellationToken.IsCancellationRequested)
        {
            TransferMetrics.OnBlobRequest(status);
        }
    }
}
