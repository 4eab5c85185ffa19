using System.Text.Json.Serialization;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Core.Sweeps;

/// <summary>What a sweep is: models x steps x analyses, with a name. Resolved: nothing in it depends on defaults that may change.</summary>
public sealed record SweepSpec
{
    /// <summary>The sweep's name: grain key and file name.</summary>
    public required string Name { get; init; }

    /// <summary>The models, in the order of plots and tables.</summary>
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>The steps of each model, ascending, the reference among them.</summary>
    public required IReadOnlyList<int> Steps { get; init; }

    /// <summary>The analyses with their fingerprints.</summary>
    public required IReadOnlyList<AnalysisId> Analyses { get; init; }

    /// <summary>The checkpoint from which distances are measured.</summary>
    public required int ReferenceStep { get; init; }

    /// <summary>
    /// The common difference of the steps, where there is one: the previous checkpoint of step t is t - Stride. Null measures no
    /// step-to-step distance.
    /// </summary>
    public int? Stride { get; init; }

    /// <summary>Where the checkpoints come from: a folder's path, <c>hub</c>, or <c>az://container/prefix</c>.</summary>
    public required string Source { get; init; }

    /// <summary>The tokens on which activations and gradients are measured; null takes the text that comes with the product.</summary>
    public BatchSpec? Batch { get; init; }

    /// <summary>In which numbers models run on them: <c>bfloat16</c> or <c>float16</c>; null is float32.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Precision { get; init; }

    /// <summary>How often a failing shard is tried before it is quarantined.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>Of two running sweeps the one with the larger priority gets the free slots first.</summary>
    public int Priority { get; init; }

    /// <summary>Every checkpoint of the sweep: models in order, steps ascending.</summary>
    public IEnumerable<CheckpointId> Checkpoints() => Models.SelectMany(_ => Steps, (model, step) => new CheckpointId(model, step));

    /// <summary>The common difference of the steps, or null where they are not equally spaced.</summary>
    public static int? StrideOf(IReadOnlyList<int> steps)
    {
        ArgumentNullException.ThrowIfNull(steps);
        if (steps.Count < 2)
        {
            return null;
        }

        var stride = steps[1] - steps[0];
        return steps.Zip(steps.Skip(1), (a, b) => b - a).All(gap => gap == stride) ? stride : null;
    }
}
