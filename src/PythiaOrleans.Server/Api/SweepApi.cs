using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Orleans;
using PythiaOrleans.Analyses;
using PythiaOrleans.Checkpoints.Opening;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Server.Planning;

namespace PythiaOrleans.Server.Api;

/// <summary><c>/api/v1/sweeps</c>: start, watch and steer sweeps.</summary>
internal static class SweepApi
{
    public static void Map(IEndpointRouteBuilder api)
    {
        var sweeps = api.MapGroup("/sweeps").WithTags("sweeps");
        sweeps.MapGet("", ListAsync).WithSummary("All sweeps with their progress");
        sweeps.MapPost("", StartAsync)
            .WithSummary("Start a sweep, or go on with it; computes what is missing")
            .Produces<SweepProgress>(StatusCodes.Status202Accepted);
        sweeps.MapGet(
            "/{sweep}", (string sweep, IGrainFactory grains) => WithExistingSweepAsync(sweep, grains, grain => grain.GetProgressAsync()))
            .WithSummary("Where a sweep stands");
        sweeps.MapGet("/{sweep}/spec", (string sweep, ResultStore store, CancellationToken stop) => FindSpecAsync(store, sweep, stop))
            .WithSummary("What a sweep asks for");
        sweeps.MapGet("/{sweep}/events", EventsAsync).WithSummary("Progress as server-sent events, until the sweep ends");
        sweeps.MapPost("/{sweep}/pause", (string sweep, IGrainFactory grains) => SteerAsync(sweep, grains, grain => grain.PauseAsync()))
            .WithSummary("Hand out no more tasks");
        sweeps.MapPost("/{sweep}/resume", (string sweep, IGrainFactory grains) => SteerAsync(sweep, grains, grain => grain.ResumeAsync()))
            .WithSummary("Go on, and retry quarantined shards");
        sweeps.MapPost("/{sweep}/cancel", (string sweep, IGrainFactory grains) => SteerAsync(sweep, grains, grain => grain.CancelAsync()))
            .WithSummary("Drop what has not ended; what was committed stays");
        ShardApi.Map(sweeps);
    }

    /// <summary>Asks the coordinator of a sweep.</summary>
    /// <exception cref="NotFoundException">There is no such sweep: its coordinator refuses every question.</exception>
    internal static async Task<T> WithExistingSweepAsync<T>(string sweep, IGrainFactory grains, Func<ISweepGrain, Task<T>> ask)
    {
        try
        {
            return await ask(Coordinator(sweep, grains)).ConfigureAwait(false);
        }
        catch (ArgumentException error) when (error.Message.StartsWith("There is no sweep", StringComparison.Ordinal))
        {
            throw new NotFoundException(error.Message);
        }
    }

    /// <summary>The coordinator of a sweep, whether it exists or not.</summary>
    /// <exception cref="ArgumentException">The name can name no sweep.</exception>
    internal static ISweepGrain Coordinator(string sweep, IGrainFactory grains) =>
        grains.GetGrain<ISweepGrain>(Identifier.Validate(sweep, "sweep"));

    /// <summary>The spec of a sweep.</summary>
    /// <exception cref="NotFoundException">There is no such sweep.</exception>
    internal static async Task<SweepSpec> FindSpecAsync(ResultStore store, string sweep, CancellationToken cancellationToken) =>
        await store.ReadSweepAsync(sweep, cancellationToken).ConfigureAwait(false)
        ?? throw new NotFoundException($"There is no sweep '{sweep}' in {store.Blobs.Name}.");

    private static async Task<Page<SweepProgress>> ListAsync(
        SweepWatchers watchers, ResultStore store, HttpRequest request, int? skip, int? take, CancellationToken cancellationToken)
    {
        var all = await store.Ledger.ListSweepsAsync(cancellationToken).ConfigureAwait(false);
        var names = Page<string>.Create(all, skip, take, request.Path);
        var progress = await Task.WhenAll(
            names.Items.Select(name => ReadProgressAsync(name, watchers, store, cancellationToken))).ConfigureAwait(false);
        return new Page<SweepProgress>(progress, names.Total, names.Next);
    }

    // A sweep whose spec cannot be read must not hide the others.
    private static async Task<SweepProgress> ReadProgressAsync(
        string sweep, SweepWatchers watchers, ResultStore store, CancellationToken cancellationToken)
    {
        try
        {
            return await watchers.GetProgressAsync(sweep, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            if (await StoredProgress.FindProblemAsync(store, sweep, cancellationToken).ConfigureAwait(false) is { } unreadable)
            {
                return unreadable;
            }

            throw;
        }
    }

    private static async Task<IResult> StartAsync(
        [FromBody] StartSweep wanted,
        IGrainFactory grains,
        SourceCatalogs catalogs,
        CheckpointSources sources,
        ResultStore store,
        AnalysisRegistry analyses)
    {
        var request = wanted.ToRequest();
        sources.Open(request.Source); // now rather than on a worker
        var planner = new SweepPlanner(catalogs.Of(request.Source), sources, store, analyses);
        var spec = planner.Resolve(request) with { Priority = wanted.Priority };
        var grain = grains.GetGrain<ISweepGrain>(spec.Name);
        await (wanted.Extend ? grain.ExtendAsync(spec) : grain.StartAsync(spec)).ConfigureAwait(false);
        return TypedResults.Accepted($"/api/v1/sweeps/{spec.Name}", await grain.GetProgressAsync().ConfigureAwait(false));
    }

    private static async Task<SweepProgress> SteerAsync(string sweep, IGrainFactory grains, Func<ISweepGrain, Task> act)
    {
        await WithExistingSweepAsync(sweep, grains, async grain =>
        {
            await act(grain).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
        return await grains.GetGrain<ISweepGrain>(sweep).GetProgressAsync().ConfigureAwait(false);
    }

    private static async Task<IResult> EventsAsync(
        string sweep, IGrainFactory grains, SweepWatchers watchers, HttpResponse response, CancellationToken cancellationToken)
    {
        var first = await WithExistingSweepAsync(sweep, grains, grain => grain.GetProgressAsync()).ConfigureAwait(false);
        return TypedResults.ServerSentEvents(watchers.WatchAsync(first, response, cancellationToken));
    }
}
