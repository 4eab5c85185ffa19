using PythiaOrleans.Checkpoints.Sources;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Server.Planning;

/// <summary>Looks at a source for a plan: a model to which access is refused is a warning, and stops no other model; a source
/// that refuses as a whole is an error.</summary>
/// <param name="source">The source.</param>
internal sealed class SourceLook(ICheckpointSource source)
{
    private const int MaxSteps = 5;

    private readonly Dictionary<string, string> _refused = new(StringComparer.Ordinal);

    /// <summary>What was refused, one sentence for each model.</summary>
    public IEnumerable<string> Warnings => _refused.Values;

    /// <summary>The bytes of the checkpoint's weights; null where it is absent or refused.</summary>
    public async Task<long?> FindAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        if (_refused.ContainsKey(checkpoint.Model))
        {
            return null;
        }

        try
        {
            return await source.FindAsync(checkpoint, cancellationToken).ConfigureAwait(false);
        }
        catch (AccessDeniedException error) when (source.HasPlacePerModel)
        {
            _refused[checkpoint.Model] = $"{checkpoint.Model}: {error.Message}";
            return null;
        }
    }

    /// <summary>What a model's absent steps are called at the source, and what is there instead; null where nothing is absent.</summary>
    public async Task<string?> ExplainAbsentAsync(ModelPlan plan, CancellationToken cancellationToken)
    {
        if (plan.Absent.Count == 0 || _refused.ContainsKey(plan.Model))
        {
            return null;
        }

        var first = new CheckpointId(plan.Model, plan.Absent[0]);
        var steps = string.Join(", ", plan.Absent.Take(MaxSteps)) + (plan.Absent.Count > MaxSteps ? ", ..." : "");
        try
        {
            return $"{plan.Model}: {plan.Absent.Count} of {plan.Shards} steps are absent ({steps}). "
                + await source.ExplainAbsenceAsync(first, cancellationToken).ConfigureAwait(false);
        }
        catch (AccessDeniedException error) when (source.HasPlacePerModel)
        {
            return $"{plan.Model}: {error.Message}";
        }
    }

    /// <summary>
    /// What tells whether two checkpoints hold the same bytes: the promised digest, else a few places of their files; null where neither is
    /// known.
    /// </summary>
    public Task<string?> DigestAsync(CheckpointId checkpoint, CancellationToken cancellationToken) =>
        source.SignAsync(checkpoint, cancellationToken);
}
