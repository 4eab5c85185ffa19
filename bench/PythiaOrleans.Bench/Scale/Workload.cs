using PythiaOrleans.Analyses;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Server.Planning;

namespace PythiaOrleans.Bench.Scale;

/// <summary>A sweep with the cost model's estimates of its shards.</summary>
/// <param name="Spec">The sweep.</param>
/// <param name="Costs">Of one checkpoint of each model, on one slot of the simulated cluster.</param>
/// <param name="Bytes">Of one checkpoint of each model.</param>
internal sealed record Workload(SweepSpec Spec, IReadOnlyDictionary<string, ShardCost> Costs, IReadOnlyDictionary<string, double> Bytes)
{
    /// <summary>How many checkpoints there are.</summary>
    public int Shards => Spec.Models.Count * Spec.Steps.Count;

    /// <summary>Models of the catalog at the steps 0, 1000 ... 142,000, all default analyses.</summary>
    /// <param name="models">Their names; a name may be there several times, once for each seed.</param>
    /// <param name="assumptions">How fast a slot and its network are.</param>
    public static Workload Of(IReadOnlyList<string> models, Assumptions assumptions)
    {
        ArgumentNullException.ThrowIfNull(assumptions);
        var analyses = AnalysisRegistry.BuiltIn.Create(new AnalysisSettings(0, 1000))
            .Where(analysis => analysis.Description.ByDefault).ToArray();
        var (costs, bytes) = (new Dictionary<string, ShardCost>(), new Dictionary<string, double>());
        var names = models.Select((model, i) => (Catalog: model, Name: $"{model}-{i}")).ToArray();
        foreach (var (catalog, name) in names)
        {
            var shape = ModelCatalog.Default.Find(catalog).Shape;
            bytes[name] = sizeof(short) * (double)shape.ParameterCount;
            costs[name] = new ShardCost(
                TimeSpan.FromSeconds(bytes[name] / assumptions.NodeBytesPerSecond),
                CostModel.Work(analyses, (long)bytes[name], shape).ToDictionary(
                    work => work.Key, work => CostModel.OfReference.SecondsOf(work.Value) / assumptions.Speed, StringComparer.Ordinal));
        }

        return new Workload(
            new SweepSpec
            {
                Name = "simulated",
                Models = [.. names.Select(name => name.Name)],
                Steps = [.. Enumerable.Range(0, 143).Select(i => 1000 * i)],
                Analyses = [.. analyses.Select(analysis => analysis.Description.Id)],
                ReferenceStep = 0,
                Source = "hub",
            },
            costs, bytes);
    }

    /// <summary>Seconds of all analyses of one checkpoint.</summary>
    public double SecondsOf(string model) => Costs[model].Seconds.Values.Sum();
}
