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
            "/{sweep}", (string sweep, IGrainFactory grains) => WithExistingSweep(sweep, grains, grain => grain.GetProgressAsync()))
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
    internal static async Task<T> WithExistingSweep<T>(string sweep, IGrainFactory grains, Func<ISweepGrain, Task<T>> ask)
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
        [FromBody] StartSweep wanted, IGrainFactory grains, SweepPlanner planner, CheckpointSources sources)
    {
        var request = wanted.ToRequest();
        sources.Open(request.Source); // now rather than on a worker
        var spec = planner.Resolve(request) with { Priority = wanted.Priority };
        var grain = grains.GetGrain<ISweepGrain>(spec.Name);
        await (wanted.Extend ? grain.ExtendAsync(spec) : grain.StartAsync(spec)).ConfigureAwait(false);
        return TypedResults.Accepted($"/api/v1/sweeps/{spec.Name}", await grain.GetProgressAsync().ConfigureAwait(false));
    }

    private static async Task<SweepProgress> SteerAsync(string sweep, IGrainFactory grains, Func<ISweepGrain, Task> act)
    {
        await WithExistingSweep(sweep, grains, async grain =>
        {
            await act(grain).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
        return await grains.GetGrain<ISweepGrain>(sweep).GetProgressAsync().ConfigureAwait(false);
    }

    private static async Task<IResult> EventsAsync(
        string sweep, IGrainFactory grains, SweepWatchers watchers, CancellationToken cancellationToken)
    {
        var first = await WithExistingSweep(sweep, grains, grain => grain.GetProgressAsync()).ConfigureAwait(false);
        return TypedResults.ServerSentEvents(watchers.Watch(first, cancellationToken));
    }

    private static async Task<SweepMap> MapAsync(string sweep, IGrainFactory grains, ResultStore store, CancellationToken cancellationToken)
    {
        var spec = await FindAsync(store, sweep, cancellationToken).ConfigureAwait(false);
        return new SweepMap(spec.Steps, await LettersAsync(spec, grains).ConfigureAwait(false));
    }

    private static async Task<IReadOnlyList<ModelMap>> LettersAsync(SweepSpec spec, IGrainFactory grains)
    {
        var models = await Grain(spec.Name, grains).GetMapAsync().ConfigureAwait(false);
        var workers = await grains.GetGrain<IDispatcherGrain>(IDispatcherGrain.Key).GetWorkersAsync().ConfigureAwait(false);
        var running = workers.SelectMany(worker => worker.Running).Where(task => task.Sweep == spec.Name).Select(task => task.Checkpoint).ToHashSet();
        return
        [
            .. models.Select(model => model with
            {
                States = string.Concat(model.States.Zip(spec.Steps, (letter, step) => letter == ModelMap.Open && running.Contains(new CheckpointId(model.Model, step)) ? SweepMap.Running : letter)),
            }),
        ];
    }

    private static async Task<Page<Shard>> ShardsAsync(
        string sweep, IGrainFactory grains, ResultStore store, HttpRequest request, string? model, string? state, int? skip, int? take, CancellationToken cancellationToken)
    {
        var spec = await FindAsync(store, sweep, cancellationToken).ConfigureAwait(false);
        if (state is not null && !SweepMap.ContainsName(state))
        {
            throw new ArgumentException($"state={state}: expected one of {string.Join(", ", SweepMap.StateNames.Values)}.");
        }

        var shards = (await LettersAsync(spec, grains).ConfigureAwait(false))
            .Where(row => model is null || row.Model == model)
            .SelectMany(row => row.States.Zip(spec.Steps, (letter, step) => new Shard(new CheckpointId(row.Model, step), SweepMap.StateNames[letter])))
            .Where(shard => state is null || shard.State == state)
            .ToArray();
        var filter = string.Join('&', new[] { model is null ? null : $"model={model}", state is null ? null : $"state={state}" }.OfType<string>());
        return Page<Shard>.Of(shards, skip, take, filter.Length == 0 ? request.Path : $"{request.Path}?{filter}");
    }

    private static async Task<IReadOnlyList<ShardExplanation>> WhyAsync(
        string sweep, string checkpoint, IGrainFactory grains, ResultStore store, AnalysisRegistry analyses, CancellationToken cancellationToken)
    {
        var spec = await FindAsync(store, sweep, cancellationToken).ConfigureAwait(false);
        var explainer = new ShardExplainer(store, task => grains.GetGrain<IDispatcherGrain>(IDispatcherGrain.Key).FindAsync(task), analyses);
        return await explainer.ExplainAsync(spec, CheckpointId.Parse(checkpoint), cancellationToken).ConfigureAwait(false);
    }

    private static async Task<IResult> RetryAsync(string sweep, string checkpoint, IGrainFactory grains)
    {
        var id = CheckpointId.Parse(checkpoint);
        return await Known(sweep, grains, grain => grain.RetryAsync(id)).ConfigureAwait(false)
            ? TypedResults.Accepted($"/api/v1/sweeps/{sweep}/shards/{id}", await Grain(sweep, grains).GetProgressAsync().ConfigureAwait(false))
            : throw new ConflictException($"{id} is not quarantined in sweep '{sweep}': there is nothing to retry.");
    }

    private static async Task<Page<ShardFailure>> FailuresAsync(string sweep, IGrainFactory grains, HttpRequest request, int? skip, int? take) =>
        Page<ShardFailure>.Of(await Known(sweep, grains, grain => grain.GetFailuresAsync(0, int.MaxValue)).ConfigureAwait(false), skip, take, request.Path);

    private static ISweepGrain Grain(string sweep, IGrainFactory grains) => grains.GetGrain<ISweepGrain>(Identifier.Validate(sweep, "sweep"));

    // The coordinator of a name that nobody used refuses every question: over HTTP that is a 404.
    private static async Task<T> Known<T>(string sweep, IGrainFactory grains, Func<ISweepGrain, Task<T>> ask)
    {
        try
        {
            return await ask(Grain(sweep, grains)).ConfigureAwait(false);
        }
        catch (ArgumentException error) when (error.Message.StartsWith("There is no sweep", StringComparison.Ordinal))
        {
            throw new NotFoundException(error.Message);
        }
    }

    private static async Task<SweepSpec> FindAsync(ResultStore store, string sweep, CancellationToken cancellationToken) =>
        await store.ReadSweepAsync(sweep, cancellationToken).ConfigureAwait(false) ?? throw new NotFoundException($"There is no sweep '{sweep}' in {store.Blobs.Name}.");
}
