using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Checkpoints.Opening;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Server.Planning;

namespace PythiaOrleans.Server.Api;

/// <summary>What starts a sweep: what <c>pythia sweep</c> takes; everything left out follows from the suite.</summary>
/// <param name="Source">A folder that all silos see, <c>hub</c>, <c>hub:ORG</c>, <c>hub:ORG/REPO</c>, <c>az://container/prefix</c>.</param>
/// <param name="Name">The sweep's name.</param>
/// <param name="Suite">The suite.</param>
/// <param name="Models">The models.</param>
/// <param name="Steps">Steps as the command line writes them: <c>0..143000:1000</c>.</param>
/// <param name="Analyses">Names of analyses.</param>
/// <param name="ReferenceStep">The step from which distances are measured.</param>
/// <param name="Priority">Of two sweeps the one with the larger number gets the free slots first.</param>
/// <param name="Extend">Adds models, steps or analyses to the sweep of this name.</param>
/// <param name="Precision">In which numbers models run on the batch: <c>float32</c>, <c>bfloat16</c> or <c>float16</c>.</param>
public sealed record StartSweep(
    string Source, string? Name = null, string? Suite = null, IReadOnlyList<string>? Models = null, string? Steps = null,
    IReadOnlyList<string>? Analyses = null,
    int? ReferenceStep = null, int Priority = 0, bool Extend = false, string? Precision = null)
{
    internal SweepRequest ToRequest() => new(
        Name, Suite, Models, Steps is null ? null : StepList.Parse(Steps), Analyses, ReferenceStep,
        CheckpointSources.Resolve(
            Source ?? throw new ArgumentException("source: expected a folder, hub or az://container/prefix, found none.")))
    {
        Precision = Precision is null ? default : Precisions.Parse(Precision),
    };
}

/// <summary>Every shard of a sweep.</summary>
/// <param name="Steps">The sweep's steps.</param>
/// <param name="Models">A letter for each of them, model by model.</param>
public sealed record SweepMap(IReadOnlyList<int> Steps, IReadOnlyList<ModelMap> Models)
{
    /// <summary>A worker computes it.</summary>
    public const char Running = 'r';

    /// <summary>What the letters mean.</summary>
    internal static IReadOnlyDictionary<char, string> StateNames { get; } = new Dictionary<char, string>
    {
        [ModelMap.Open] = "open",
        [Running] = "running",
        [ModelMap.Done] = "done",
        [ModelMap.Quarantined] = "quarantined",
        [ModelMap.Cancelled] = "cancelled",
    };

    internal static bool ContainsName(string state) => StateNames.Values.Contains(state);
}

/// <summary>One shard.</summary>
/// <param name="Checkpoint">Its checkpoint.</param>
/// <param name="State">open, running, done, quarantined or cancelled.</param>
public sealed record Shard(CheckpointId Checkpoint, string State);
