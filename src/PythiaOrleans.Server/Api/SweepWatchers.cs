using System.Collections.Concurrent;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Orleans;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Server.Configuration;

namespace PythiaOrleans.Server.Api;

/// <summary>Those who watch sweeps: however many watch one, its coordinator is asked at most once a second.</summary>
internal sealed class SweepWatchers(IGrainFactory grains, ApiOptions options, TimeProvider time)
{
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(1);

    // A sweep that no silo runs changes only when a user starts it.
    private static readonly TimeSpan AskIdleEvery = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, CachedRead<SweepProgress>> _progress = new(StringComparer.Ordinal);
    private int _streams;

    /// <summary>Where a sweep stands; the answer may be a second old.</summary>
    public Task<SweepProgress> GetProgressAsync(string sweep, CancellationToken cancellationToken) =>
        _progress.GetOrAdd(sweep, name => new CachedRead<SweepProgress>(() => AskAsync(name), () => 0, time, restPerLongRead: 0))
            .GetAsync(AskEvery, cancellationToken);

    /// <summary>Progress, whenever it may have changed, until the sweep ends.</summary>
    /// <param name="first">Where the sweep stands.</param>
    /// <param name="response">The stream counts until it has been disposed of, even if no client reads it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="TooManyRequestsException">As many streams as <see cref="ApiOptions.EventStreams"/> are served already.</exception>
    public IAsyncEnumerable<SseItem<SweepProgress>> WatchAsync(
        SweepProgress first, HttpResponse response, CancellationToken cancellationToken)
    {
        response.RegisterForDispose(new Place(this));
        if (Volatile.Read(ref _streams) > options.EventStreams)
        {
            throw new TooManyRequestsException(
                $"{options.EventStreams} progress streams are served already (Api:EventStreams). Ask GET /api/v1/sweeps/{first.Sweep} now "
                    + "and then instead.");
        }

        return StreamAsync(first, cancellationToken);
    }

    private async IAsyncEnumerable<SseItem<SweepProgress>> StreamAsync(
        SweepProgress first, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var last = first;
        yield return Item(last);
        while (!last.HasEnded && !cancellationToken.IsCancellationRequested)
        {
            var pause = last.State == SweepState.Idle ? AskIdleEvery : AskEvery;
            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            last = await GetProgressAsync(first.Sweep, cancellationToken).ConfigureAwait(false);
            yield return Item(last);
        }
    }

    private static SseItem<SweepProgress> Item(SweepProgress progress) => new(progress, progress.HasEnded ? "ended" : "progress");

    private Task<SweepProgress> AskAsync(string sweep) =>
        grains.GetGrain<ISweepGrain>(Identifier.Validate(sweep, "sweep")).GetProgressAsync();

    // Counted when it is asked for: many that come at once must not all find the last place.
    private sealed class Place : IDisposable
    {
        private readonly SweepWatchers _watchers;

        public Place(SweepWatchers watchers)
        {
            _watchers = watchers;
            Interlocked.Increment(ref watchers._streams);
        }

        public void Dispose() => Interlocked.Decrement(ref _watchers._streams);
    }
}
