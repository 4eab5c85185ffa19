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

    /// <summary>
    /// How the repository names a step's revision, as <see cref="RevisionTemplate"/> describes it; null is <c>step{step}</c>.
    /// </summary>
    public string? Revision { get; init; }

    /// <summary>Steps whose revisions the template does not name, with their names: <c>main</c> for a final model.</summary>
    public IReadOnlyDictionary<int, string> Revisions { get; init; } = new Dictionary<int, string>();

    /// <summary>The folder of a step within its revision, as a template; null where files are at the top.</summary>
    public string? Subfolder { get; init; }

    /// <summary>Tokens of one step, where no schedule says so and a template needs it.</summary>
    public long? TokensPerStep { get; init; }

    /// <summary>Steps whose published files are known to be wrong, each with what is known.</summary>
    public IReadOnlyDictionary<int, string> KnownBad { get; init; } = new Dictionary<int, string>();

    /// <summary>The name of the revision that holds a step.</summary>
    /// <exception cref="InvalidOperationException">The template needs the tokens of a step, and nothing gives them.</exception>
    public string RevisionOf(int step) => Revisions.TryGetValue(step, out var named) ? named : Format(Revision ?? "step{step}", step);

    /// <summary>The folder of a step within its revision; empty at the top.</summary>
    public string SubfolderOf(int step) => Subfolder is null ? "" : Format(Subfolder, step);

    private string Format(string template, int step) =>
        new RevisionTemplate(template).Format(step, TokensPerStep ?? Schedule?.TokensPerStep);
}
