using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Orleans;
using Orleans.Runtime;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Cluster.Contracts;

namespace PythiaOrleans.Server.Api;

/// <summary><c>/api/v1/workers</c>, <c>/silos</c> and <c>/models</c>: who works, and what is known.</summary>
internal static class ClusterApi
{
    public static void Map(IEndpointRouteBuilder api)
    {
        var cluster = api.MapGroup("").WithTags("cluster");
        cluster.MapGet(
            "/workers",
            (IGrainFactory grains) => grains.GetGrain<IDispatcherGrain>(IDispatcherGrain.Key)
                .GetWorkersAsync()).WithSummary("Workers and the tasks that they hold");
        cluster.MapGet("/silos", SilosAsync).WithSummary("Members of the cluster");
        cluster.MapGet("/models", Models).WithSummary("The catalog");
    }

    private static async Task<IReadOnlyList<SiloMember>> SilosAsync(IGrainFactory grains)
    {
        var hosts = await grains.GetGrain<IManagementGrain>(0).GetDetailedHosts(onlyActive: false).ConfigureAwait(false);
        return
        [
            .. hosts.OrderBy(host => host.Status).ThenBy(host => host.SiloAddress.ToString(), StringComparer.Ordinal)
                .Select(
                    host => new SiloMember(
                        host.SiloAddress.ToParsableString(), host.SiloName, host.HostName, host.Status.ToString(), host.StartTime)),
        ];
    }

    private static CatalogModel[] Models(ModelCatalog catalog) =>
    [
        .. catalog.Models.Where(model => model.FindProblem() is null)
            .Select(
                model =>
                    new CatalogModel(
                        model.Name, model.Shape.ParameterCount, model.Shape.Blocks, model.Shape.HiddenSize, model.Steps.Count)),
    ];
}

/// <summary>One member of the cluster.</summary>
public sealed record SiloMember(string Address, string Name, string Host, string Status, DateTime StartedAt);

/// <summary>One model of the catalog.</summary>
public sealed record CatalogModel(string Name, long Parameters, int Blocks, int HiddenSize, int Steps);
