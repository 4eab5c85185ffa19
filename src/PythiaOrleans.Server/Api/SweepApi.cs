using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
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
    private static readonly TimeSpan EventsEvery = TimeSpan.FromSeconds(1);

    public static void Map(IEndpointRouteBuilder api)
    {
        var sweeps = api.MapGroup("/sweeps").WithTags("sweeps");
        sweeps.MapGet("", ListAsync).WithSummary("All sweeps with their progress");
        sweeps.MapPost("", StartAsync).WithSummary("Start a sweep, or go on with it; computes what is missing").Produces<SweepProgress>(StatusCodes.Status202Accepted);
        sweeps.MapGet("/{sweep}", (string sweep, IGrainFactory grains) => Known(sweep, grains, grain => grain.GetProgressAsync())).WithSummary("Where a sweep stands");
        sweeps.MapGet("/{sweep}/spec", SpecAsync).WithSummary("What a sweep asks for");
        sweeps.MapGet("/{sweep}/events", Events).WithSummary("Progress as server-sent events, until the sweep ends");
        sweeps.MapPost("/{sweep}/pause", (string sweep, IGrainFactory grains) => SteerAsync(sweep, grains, grain => grain.PauseAsync())).WithSummary("Hand out no more tasks");
        sweeps.MapPost("/{sweep}/resume", (string sweep, IGrainFactory grains) => SteerAsync(sweep, grains, grain => grain.ResumeAsync())).WithSummary("Go on, and retry quarantined shards");
        sweeps.MapPost("/{sweep}/cancel", (string sweep, IGrainFactory grains) => SteerAsync(sweep, grains, grain => grain.CancelAsync())).WithSummary("Drop what has not ended; what was committed stays");
        sweeps.MapGet("/{sweep}/map", MapAsync).WithSummary("Every shard's state, a letter each: o open, r running, d done, q quarantined, c cancelled");
        sweeps.MapGet("/{sweep}/shards", ShardsAsync).WithSummary("Shards, by model and state");
        sweeps.MapGet("/{sweep}/shards/{checkpoint}", WhyAsync).WithSummary("Why a shard is where it is");
        sweeps.MapPost("/{sweep}/shards/{checkpoint}/retry", RetryAsync).WithSummary("Try a quarantined shard again");
        sweeps.MapGet("/{sweep}/failures", FailuresAsync).WithSummary("Quarantined shards with their errors");
    }

    private static async Task<Page<SweepProgress>> ListAsync(IGrainFactory grains, ResultStore store, HttpRequest request, int? skip, int? take, CancellationToken cancellationToken)
    {
        var names = Page<string>.Of(await store.ListSweepsAsync(cancellationToken).ConfigureAwait(false), skip, take, request.Path);
        var progress = await Task.WhenAll(names.Items.Select(name => grains.GetGrain<ISweepGrain>(name).GetProgressAsync())).ConfigureAwait(false);
        return new Page<SweepProgress>(progress, names.Total, names.Next);
    }

    private static async Task<IResult> StartAsync(StartSweep wanted, IGrainFactory grains, SweepPlanner planner, CheckpointSources sources)
    {
        var request = wanted.ToRequest();
        sources.Open(request.Source); // now rather than on a worker
        var spec = planner.Resolve(request) with { Priority = wanted.Priority };
        var grain = grains.GetGrain<ISweepGrain>(spec.Name);
        await (wanted.Extend ? grain.ExtendAsync(spec) : grain.StartAsync(spec)).ConfigureAwait(false);
        return TypedResults.Accepted($"/api/v1/sweeps/{spec.Name}", await grain.GetProgressAsync().ConfigureAwait(false));
    }

    private static Task<SweepSpec> SpecAsync(string sweep, ResultStore store, CancellationToken cancellationToken) => FindAsync(store, sweep, cancellationToken);

    private static async Task<SweepProgress> SteerAsync(string sweep, IGrainFactory grains, Func<ISweepGrain, Task> act)
    {
        await Known(sweep, grains, async grain =>
        {
            await act(grain).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
        return await grains.GetGrain<ISweepGrain>(sweep).GetProgressAsync().ConfigureAwait(false);
    }

    private static IResult Events(string sweep, IGrainFactory grains, TimeProvider time, CancellationToken cancellationToken)
    {
        return TypedResults.ServerSentEvents(AskAsync(Grain(sweep, grains), time, cancellationToken));

        static async IAsyncEnumerable<SseItem<SweepProgress>> AskAsync(ISweepGrain grain, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            SweepProgress? last = null;
            while (last is not { HasEnded: true } && !cancellationToken.IsCancellationRequested)
            {
                if (last is not null)
                {
                    await Task.Delay(EventsEvery, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }

                last = await grain.GetProgressAsync().ConfigureAwait(false);
                yield return new SseItem<SweepProgress>(last, last.HasEnded ? "ended" : "progress");
            }
        }
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
