using PythiaOrleans.Checkpoints.Families;

namespace PythiaOrleans.Checkpoints.Catalog;

/// <summary>One model of the catalog.</summary>
public sealed record ModelEntry
{
    /// <summary>The name, <c>pythia-160m</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Other names under which it was published, <c>pythia-125m</c>.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>The hub's repository, <c>EleutherAI/pythia-160m</c>; null for models that are only local.</summary>
    public string? Repository { get; init; }

    /// <summary>The architecture's numbers.</summary>
    public required ModelShape Shape { get; init; }

    /// <summary>Every step at which a checkpoint exists, ascending.</summary>
    public required IReadOnlyList<int> Steps { get; init; }

    /// <summary>How it was trained; null where nothing is known.</summary>
    public TrainingSchedule? Schedule { get; init; }

    /// <summary>Ids from here on are padding, not tokens (50,277 for Pythia).</summary>
    public required int TokenCount { get; init; }

    /// <summary>Steps whose published files are known to be wrong, each with what is known.</summary>
    public IReadOnlyDictionary<int, string> KnownBad { get; init; } = new Dictionary<int, string>();
}
