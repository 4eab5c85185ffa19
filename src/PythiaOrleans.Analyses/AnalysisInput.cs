using System.Collections.Concurrent;
using PythiaOrleans.Analyses.Counting;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Numerics.Distributions;

namespace PythiaOrleans.Analyses;

/// <summary>What one task computes on: the checkpoint, its neighbours, and what several analyses share.</summary>
public sealed class AnalysisInput(Checkpoint checkpoint, Checkpoint? reference, Checkpoint? previous, ModelEntry model)
{
    /// <summary>The checkpoint that is measured.</summary>
    public Checkpoint Checkpoint { get; } = checkpoint;

    /// <summary>The reference checkpoint; may be the same object. Null where no analysis asked for it.</summary>
    public Checkpoint? Reference { get; } = reference;

    /// <summary>The checkpoint one stride before; null at the first one, without a stride, or where it could not be read.</summary>
    public Checkpoint? Previous { get; } = previous;

    /// <summary>What the catalog knows of the model.</summary>
    public ModelEntry Model { get; } = model;

    /// <summary>Where tensors live. Analyses that count values stay on the host, whatever it is.</summary>
    public ComputeDevice Device { get; init; }

    /// <summary>How much memory may be taken for speed.</summary>
    public MemoryPlan Plan { get; init; }

    /// <summary>All analyses of the task. Those that observe a forward pass are served by one; of an empty list each runs alone.</summary>
    public IReadOnlyList<IAnalysis> Analyses { get; init; } = [];

    /// <summary>Host threads for independent matrices.</summary>
    internal int Threads => Plan == MemoryPlan.Small ? 1 : Device.Threads;

    private ConcurrentDictionary<WeightName, Lazy<ExactDistribution>> Distributions { get; init; } = [];

    private ConcurrentDictionary<Type, Lazy<object>> Shared { get; } = [];

    /// <summary>
    /// The same with another memory plan, for one analysis alone; what was counted stays counted.
    /// </summary>
    public AnalysisInput With(MemoryPlan plan) =>
        new(Checkpoint, Reference, Previous, Model) { Device = Device, Plan = plan, Distributions = Distributions };

    /// <summary>The exact distribution of a parameter's values; counted once, whichever analysis and thread asks first.</summary>
    public ExactDistribution Distribution(Parameter parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        return Distributions.GetOrAdd(parameter.Name, _ => new Lazy<ExactDistribution>(() => PatternCounter.Count(parameter.Tensor))).Value;
    }

    /// <summary>One object of a type for all analyses of the task; created by the first that asks.</summary>
    internal T Share<T>(Func<T> create)
        where T : class => (T)Shared.GetOrAdd(typeof(T), _ => new Lazy<object>(create)).Value;
}
