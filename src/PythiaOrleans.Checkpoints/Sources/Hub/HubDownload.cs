using PythiaOrleans.Checkpoints.Cache;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Telemetry;

namespace PythiaOrleans.Checkpoints.Sources.Hub;

/// <summary>
/// Downloads one file of the hub: ranges in parallel, each resumed where it broke off, and the whole compared with the digest that the hub promised.
/// </summary>
internal sealed class HubDownload(HubClient client, Uri url, HubFile file, string path)
{
    private const int BufferBytes = 1 << 17;
    private const long JournalInterval = 1 << 20;

    // 16 KiB of each MiB: 1.6 % of the file finds every corrupt piece of a MiB.
    private const long ProbeStride = 1 << 20;
    private const int ProbeBytes = 1 << 14;

    /// <summary>Leaves the verified file under the path; what an earlier attempt left there is continued.</summary>
    /// <param name="prefix">Bytes at the start of the path's file that another tool has fetched.</param>
    /// <param name="cancellationToken">Stops; what has arrived stays.</param>
    /// <exception cref="CheckpointFormatException">The hub serves other bytes than it promised.</exception>
    /// <exception cref="SourceUnavailableException">The hub could not be read, again and again.</exception>
    public async Task RunAsync(long prefix, CancellationToken cancellationToken)
    {
        using (var partial = PartialFile.Open(path, file.Bytes, prefix))
        {
            await FillAsync(partial, cancellationToken).ConfigureAwait(false);
            if (!await IsVerifiedAsync(partial, cancellationToken).ConfigureAwait(false))
            {
                throw new CheckpointFormatException(
                    client.Options.Endpoint.Host + url.AbsolutePath,
                    "its bytes",
                    $"digest {file.Id}",
                    $"{Digest(cancellationToken)} after fetching it twice",
                    "The hub's copy is damaged: report it, and leave the step out.");
            }
        }

        File.Delete(PartialFile.JournalOf(path));
    }

    private async Task<bool> IsVerifiedAsync(PartialFile partial, CancellationToken cancellationToken)
    {
        if (Digest(cancellationToken) == file.Id)
        {
            return true;
        }

        // Something on the way changed bytes. First look for the place: a file of gigabytes is not fetched again for one bad piece.
        var suspects = await FindCorruptPartsAsync(partial, cancellationToken).ConfigureAwait(false);
        if (suspects.Count > 0)
        {
            suspects.ForEach(partial.Reset);
            await FillAsync(partial, cancellationToken).ConfigureAwait(false);
            if (Digest(cancellationToken) == file.Id)
            {
                return true;
            }
        }

        foreach (var part in partial.Parts)
        {
            partial.Reset(part);
        }

        await FillAsync(partial, cancellationToken).ConfigureAwait(false);
        if (Digest(cancellationToken) == file.Id)
        {
            return true;
        }

        foreach (var part in partial.Parts)
        {
            partial.Reset(part);
        }

        return false;
    }

    private string Digest(CancellationToken cancellationToken) => BlobDigest.Compute(path, file.Id, cancellationToken);

    private Task FillAsync(PartialFile partial, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        partial.Parts.Where(part => !part.Complete),
        Parallelism(cancellationToken),
        async (part, stop) => await RetryWhileProgressingAsync(
            () => part.Received,
            () => FetchAsync(partial, part, stop),
            () => part.Complete,
            stop).ConfigureAwait(false));

    private ParallelOptions Parallelism(CancellationToken cancellationToken) =>
        new() { MaxDegreeOfParallelism = client.Options.Connections, CancellationToken = cancellationToken };

    private async Task<List<PartialFile.Part>> FindCorruptPartsAsync(PartialFile partial, CancellationToken cancellationToken)
    {
        var corrupt = new HashSet<PartialFile.Part>();
        var places = partial.Parts.SelectMany(part => Probes(part).Select(start => (Part: part, Start: start)));
        await Parallel.ForEachAsync(places, Parallelism(cancellationToken), async (place, stop) =>
        {
            var bytes = new byte[Math.Min(ProbeBytes, place.Part.Start + place.Part.Bytes - place.Start)];
            var read = 0;
            await RetryWhileProgressingAsync(
                () => read,
                async () => read = await PeekAsync(place.Start, bytes, stop).ConfigureAwait(false),
                () => read == bytes.Length,
                stop).ConfigureAwait(false);
            if (!partial.Matches(place.Start, bytes))
            {
                lock (corrupt)
                {
                    corrupt.Add(place.Part);
                }
            }
        }).ConfigureAwait(false);
        return [.. corrupt];
    }

    private static IEnumerable<long> Probes(PartialFile.Part part)
    {
        for (var start = part.Start; start < part.Start + part.Bytes; start += ProbeStride)
        {
            yield return start;
        }
    }

    private async Task<int> PeekAsync(long start, byte[] bytes, CancellationToken cancellationToken)
    {
        using var response = await client.ReadAsync(url, start, bytes.Length, cancellationToken).ConfigureAwait(false);
        if (response.Whole && start > 0)
        {
            return bytes.Length;
        }

        await using var stream = await response.OpenAsync(cancellationToken).ConfigureAwait(false);
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stall.CancelAfter(client.Options.ReadTimeout);
        await stream.ReadExactlyAsync(bytes, stall.Token).ConfigureAwait(false);
        return bytes.Length;
    }

    private async Task FetchAsync(PartialFile partial, PartialFile.Part part, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await client.ReadAsync(url, part.Start + part.Received, part.Bytes - part.Received, cancellationToken)
                .ConfigureAwait(false);
            await using var stream = await response.OpenAsync(cancellationToken).ConfigureAwait(false);
            if (response.Whole)
            {
                await SkipAsync(stream, part.Start + part.Received, cancellationToken).ConfigureAwait(false);
            }

            await CopyAsync(stream, partial, part, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            partial.RecordProgress(part);
        }
    }

    private async Task CopyAsync(Stream stream, PartialFile partial, PartialFile.Part part, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferBytes];
        var recorded = part.Received;
        while (!part.Complete)
        {
            var wanted = (int)Math.Min(buffer.Length, part.Bytes - part.Received);
            var read = await ReadAsync(stream, buffer.AsMemory(0, wanted), cancellationToken).ConfigureAwait(false);
            await partial.AppendAsync(part, buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            if (part.Received - recorded >= JournalInterval)
            {
                partial.RecordProgress(part);
                recorded = part.Received;
            }
        }
    }

    // A server that ignores ranges sends the file from its start.
    private async Task SkipAsync(Stream stream, long bytes, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferBytes];
        while (bytes > 0)
        {
            bytes -= await ReadAsync(stream, buffer.AsMemory(0, (int)Math.Min(buffer.Length, bytes)), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<int> ReadAsync(Stream stream, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stall.CancelAfter(client.Options.ReadTimeout);
        var read = await stream.ReadAsync(buffer, stall.Token).ConfigureAwait(false);
        TransferMetrics.OnHub(read);
        await client.Ceiling.PassAsync(read, cancellationToken).ConfigureAwait(false);
        return read > 0 ? read : throw new IOException($"{url.AbsolutePath}: the answer ended before its range did.");
    }

    // Progress forgives: only failures in a row without a new byte use up the attempts.
    private async Task RetryWhileProgressingAsync(Func<long> received, Func<Task> attempt, Func<bool> done, CancellationToken cancellationToken)
    {
        for (var failures = 0; !done();)
        {
            var before = received();
            try
            {
                await attempt().ConfigureAwait(false);
            }
            catch (Exception error) when (IsTransient(error) && !cancellationToken.IsCancellationRequested)
            {
                failures = received() > before ? 1 : failures + 1;
                if (failures > client.Options.Attempts)
                {
                    throw new SourceUnavailableException(
                        $"{url.AbsolutePath}: {failures} failures in a row, the last: {error.Message} What has arrived is kept; the next attempt continues there.",
                        error);
                }

                await Task.Delay(client.Options.RetryDelay * Math.Min(60, Math.Pow(2, failures - 1)), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // A body that broke off or stopped. A hub that does not even begin to answer was asked again by the client already.
    private static bool IsTransient(Exception error) => error is IOException or OperationCanceledException or TimeoutException;
}
