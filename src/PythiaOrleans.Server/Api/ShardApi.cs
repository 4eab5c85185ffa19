using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Orleans;
using PythiaOrleans.Analyses;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Server.Planning;

namespace PythiaOrleans.Server.Api;

/// <summary><c>/api/v1/sweeps/{sweep}/shards</c>, <c>/map</c> and <c>/failures</c>: where each checkpoint stands, and why.</summary>
internal static class ShardApi
{
    public static void Map(IEndpointRouteBuilder sweeps)
    {
        sweeps.MapGet("/{sweep}/map", MapAsync)
            .WithSummary("Every shard's state, a letter each: o open, r running, d done, q quarantined, c cancelled");
        sweeps.MapGet("/{sweep}/shards", ShardsAsync).WithSummary("Shards, by model and state");
        sweeps.MapGet("/{sweep}/shards/{checkpoint}", WhyAsync).WithSummary("Why a shard is where it is");
        sweeps.MapPost("/{sweep}/shards/{checkpoint}/retry", RetryAsync).WithSummary("Try a quarantined shard again");
        sweeps.MapGet("/{sweep}/failures", FailuresAsync).WithSummary("Quarantined shards with their errors");
    }

    private static async Task<SweepMap> MapAsync(string sweep, IGrainFactory grains, ResultStore store, CancellationToken cancellationToken)
    {
        var spec = await SweepApi.FindSpecAsync(store, sweep, cancellationToken).ConfigureAwait(false);
        return new SweepMap(spec.Steps, await LettersAsync(spec, grains).ConfigureAwait(false));
    }

    private static async Task<IReadOnlyList<ModelMap>> LettersAsync(SweepSpec spec, IGrainFactory grains)
    {
        var models = await SweepApi.Coordinator(spec.Name, grains).GetMapAsync().ConfigureAwait(false);
        var workers = await grains.GetGrain<IDispatcherGrain>(IDispatcherGrain.Key).GetWorkersAsync().ConfigureAwait(false);
        var running = workers.SelectMany(worker => worker.Running)
            .Where(task => task.Sweep == spec.Name)
            .Select(task => task.Checkpoint)
            .ToHashSet();
        char Letter(string model, char letter, int step) =>
            letter == ModelMap.Open && running.Contains(new CheckpointId(model, step)) ? SweepMap.Running : letter;
        return
        [
            .. models.Select(model => model with
            {
                States = string.Concat(model.States.Zip(spec.Steps, (letter, step) => Letter(model.Model, letter, step))),
            }),
        ];
    }

    private static async Task<Page<Shard>> ShardsAsync(
        string sweep,
        IGrainFactory grains,
        ResultStore store,
        HttpRequest request,
        string? model,
        string? state,
        int? skip,
        int? take,
        CancellationToken cancellationToken)
    {
        var spec = await SweepApi.FindSpecAsync(store, sweep, cancellationToken).ConfigureAwait(false);
        if (state is not null && !SweepMap.ContainsName(state))
        {
            throw new ArgumentException($"state={state}: expected one of {string.Join(", ", SweepMap.StateNames.Values)}.");
        }

        var shards = (await LettersAsync(spec, grains).ConfigureAwait(false))
            .Where(row => model is null || row.Model == model)
            .SelectMany(row => row.States.Zip(
                spec.Steps, (letter, step) => new Shard(new CheckpointId(row.Model, step), SweepMap.StateNames[letter])))
            .Where(shard => state is null || shard.State == state)
            .ToArray();
        string?[] filter = [model is null ? null : $"model={Uri.EscapeDataString(model)}", state is null ? null : $"state={state}"];
        var query = string.Join('&', filter.OfType<string>());
        return Page<Shard>.Create(shards, skip, take, query.Length == 0 ? request.Path : $"{request.Path}?{query}");
    }

    private static async Task<IReadOnlyList<ShardExplanation>> WhyAsync(
        string sweep,
        string checkpoint,
        IGrainFactory grains,
        ResultStore store,
        AnalysisRegistry analyses,
        CancellationToken cancellationToken)
    {
        var spec = await SweepApi.FindSpecAsync(store, sweep, cancellationToken).ConfigureAwait(false);
        var dispatcher = grains.GetGrain<IDispatcherGrain>(IDispatcherGrain.Key);
        var explainer = new ShardExplainer(store, dispatcher.FindAsync, analyses);
        return await explainer.ExplainAsync(spec, CheckpointId.Parse(checkpoint), cancellationToken).ConfigureAwait(false);
    }

    private static async Task<IResult> RetryAsync(string sweep, string checkpoint, IGrainFactory grains)
    {
        var id = CheckpointId.Parse(checkpoint);
        if (!await SweepApi.WithExistingSweepAsync(sweep, grains, grain => grain.RetryAsync(id)).ConfigureAwait(false))
        {
            throw new ConflictException($"{id} is not quarantined in sweep '{sweep}': there is nothing to retry.");
        }

        var progress = await SweepApi.Coordinator(sweep, grains).GetProgressAsync().ConfigureAwait(false);
        return TypedResults.Accepted($"/api/v1/sweeps/{sweep}/shards/{id}", progress);
    }

    private static async Task<Page<ShardFailure>> FailuresAsync(
        string sweep, IGrainFactory grains, HttpRequest request, int? skip, int? take)
    {
        var failures = await SweepApi.WithExistingSweepAsync(
            sweep, grains, grain => grain.GetFailuresAsync(0, int.MaxValue)).ConfigureAwait(false);
        return Page<ShardFailure>.Create(failures, skip, take, request.Path);
    }
}
