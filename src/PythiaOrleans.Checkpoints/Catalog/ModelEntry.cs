using System.Diagnostics.CodeAnalysis;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Checkpoints.Catalog;

/// <summary>One model of the catalog.</summary>
public sealed record ModelEntry
{
    private readonly Lazy<ModelShape>? _shape;
    private readonly int? _tokenCount;

    /// <summary>An entry whose members are given one by one.</summary>
    public ModelEntry()
    {
    }

#pragma warning disable CS8618 // Shape has no field of its own: it reads _shape, which is set here.
    [SetsRequiredMembers]
    private ModelEntry(string name, IReadOnlyList<string> aliases, IReadOnlyList<int> steps, Func<ModelShape> readShape)
    {
        Name = name;
        Aliases = aliases;
        Steps = steps;
        // Not remembered where reading fails: a configuration may be repaired while a silo runs.
        _shape = new(readShape, LazyThreadSafetyMode.PublicationOnly);
    }
#pragma warning restore CS8618

    /// <summary>The name, <c>pythia-160m</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Other names under which it was published, <c>pythia-125m</c>.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>The hub's repository, <c>EleutherAI/pythia-160m</c>; null for models that are only local.</summary>
    public string? Repository { get; init; }

    /// <summary>The architecture's numbers.</summary>
    /// <exception cref="CheckpointFormatException">The model's configuration cannot be read; see <see cref="FindProblem"/>.</exception>
    public required ModelShape Shape
    {
        get => _shape!.Value;
        init => _shape = new(value);
    }

    /// <summary>Every step at which a checkpoint exists, ascending.</summary>
    public required IReadOnlyList<int> Steps { get; init; }

    /// <summary>How it was trained; null where nothing is known.</summary>
    public TrainingSchedule? Schedule { get; init; }

    /// <summary>Ids from here on are padding, not tokens (50,277 for Pythia).</summary>
    public required int TokenCount
    {
        get => _tokenCount ?? Shape.VocabularyRows;
        init => _tokenCount = value;
    }

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

    /// <summary>
    /// A model whose configuration is read when its shape is first needed: one that cannot be read stops no one who does not ask for it.
    /// </summary>
    public static ModelEntry ReadLater(string name, IReadOnlyList<string> aliases, IReadOnlyList<int> steps, Func<ModelShape> readShape) =>
        new(name, aliases, steps, readShape);

    /// <summary>Why the model's configuration cannot be read; null where it can.</summary>
    public string? FindProblem()
    {
        try
        {
            _ = Shape;
            return null;
        }
        catch (Exception error) when (
            error is CheckpointFormatException or AccessDeniedException or IOException or UnauthorizedAccessException)
        {
            return error.Message;
        }
    }

    /// <summary>The name of the revision that holds a step.</summary>
    /// <exception cref="InvalidOperationException">The template needs the tokens of a step, and nothing gives them.</exception>
    public string RevisionOf(int step) => Revisions.TryGetValue(step, out var named) ? named : Format(Revision ?? "step{step}", step);

    /// <summary>The folder of a step within its revision; empty at the top.</summary>
    public string SubfolderOf(int step) => Subfolder is null ? "" : Format(Subfolder, step);

    private string Format(string template, int step) =>
        new RevisionTemplate(template).Format(step, TokensPerStep ?? Schedule?.TokensPerStep);
}
