using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Server.Planning;

/// <summary>What running a sweep would take, model by model.</summary>
/// <param name="Sweep">The resolved spec.</param>
/// <param name="Models">In the spec's order.</param>
/// <param name="Warnings">What the catalog knows against some of the checkpoints.</param>
public sealed record SweepPlan(SweepSpec Sweep, IReadOnlyList<ModelPlan> Models, IReadOnlyList<string> Warnings)
{
    /// <summary>Shards in all.</summary>
    public int Shards => Models.Sum(model => model.Shards);

    /// <summary>Shards whose every result exists.</summary>
    public int Done => Models.Sum(model => model.Done);

    /// <summary>Shards that will run.</summary>
    public int ToRun => Models.Sum(model => model.ToRun);

    /// <summary>Bytes of weight files that will be read.</summary>
    public long Bytes => Models.Sum(model => model.Bytes);

    /// <summary>Core-seconds by the cost model; divide by the worker slots.</summary>
    public TimeSpan Cost => Models.Aggregate(TimeSpan.Zero, (sum, model) => sum + model.Cost);
}

/// <summary>What one model of a sweep would take.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Shards">Checkpoints that the sweep asks for.</param>
/// <param name="Done">Those whose every result exists.</param>
/// <param name="ToRun">Those that will run.</param>
/// <param name="Bytes">Weight bytes that they read.</param>
/// <param name="Cost">Core-seconds by the cost model.</param>
/// <param name="Absent">Steps that the source does not hold: they will be quarantined.</param>
public sealed record ModelPlan(string Model, int Shards, int Done, int ToRun, long Bytes, TimeSpan Cost, IReadOnlyList<int> Absent)
{
    internal ModelPlan Add(int step, long? bytes, TimeSpan cost) => this with
    {
        ToRun = ToRun + 1,
        Bytes = Bytes + (bytes ?? 0),
        Cost = Cost + cost,
        Absent = bytes is null ? [.. Absent, step] : Absent,
    };
}
