using System.Text.Json.Serialization;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Sources;

namespace PythiaOrleans.Checkpoints.Census;

/// <summary>What a source told of one revision.</summary>
/// <param name="Revision">Which one.</param>
/// <param name="Files">Its files; null where it is gone.</param>
internal sealed record RevisionState(ModelRevision Revision, IReadOnlyList<RevisionFile>? Files)
{
    /// <summary>What ranges of the weights said; null where they were not read.</summary>
    public WeightProbe? Probe { get; init; }

    /// <summary>The step; null for the final model under a name of its own.</summary>
    [JsonIgnore]
    public int? Step => Revision.Step;

    /// <summary>The weight files of the preferred layout, in the order of their names.</summary>
    [JsonIgnore]
    public IReadOnlyList<RevisionFile> Weights => Files is not null && WeightLayout.Find(Files.Select(file => file.Name)) is { } layout
        ? Files.Any(file => file.Name == layout.Whole)
            ? [.. Files.Where(file => file.Name == layout.Whole)]
            : [.. Files.Where(file => layout.IsWeight(file.Name)).OrderBy(file => file.Name, StringComparer.Ordinal)]
        : [];

    /// <summary>What checkpoints of equal weights share; null where there are no weights, or a file has no sign.</summary>
    [JsonIgnore]
    public string? Identity => Weights is { Count: > 0 } weights && weights.All(file => file.Sign is not null)
        ? string.Join(' ', weights.Select(file => file.Sign))
        : null;

    /// <summary>The bytes of all weight files.</summary>
    [JsonIgnore]
    public long WeightBytes => Weights.Sum(file => file.Bytes);

    /// <summary>A finding about this revision.</summary>
    public CensusFault Fault(string model, FaultKind kind, CensusSeverity severity, string detail) =>
        new(model, Step, Revision.Name, kind, severity, detail);
}
