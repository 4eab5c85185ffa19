using PythiaOrleans.Analyses;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.Tokens;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Opening;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Server.Planning;

/// <summary>Turns a request into a spec in which nothing depends on defaults, and says what running it would take.</summary>
public sealed class SweepPlanner(ModelCatalog catalog, CheckpointSources sources, ResultStore store, AnalysisRegistry analyses)
{
    // Names that stand for several analyses.
    private const string All = "all";
    private const string Default = "default";

    /// <summary>Resolves a request.</summary>
    /// <exception cref="ArgumentException">A name is unknown or illegal, or the reference is not among the steps.</exception>
    public SweepSpec Resolve(SweepRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var suite = catalog.FindSuite(request.Suite ?? "pythia");
        if (request.Steps is { Count: 0 })
        {
            throw new ArgumentException("A sweep needs at least one step.");
        }

        var defaults = new SweepDefaults(catalog, suite, request);
        var models = defaults.Models;
        var steps = defaults.Steps;
        var reference = defaults.ReferenceStep;
        CheckSteps(models, steps, reference);

        var stride = SweepSpec.StrideOf(steps);
        return new SweepSpec
        {
            Name = Identifier.Validate(request.Name ?? suite.Name, "sweep"),
            Models = models,
            Steps = steps,
            Analyses = SelectAnalyses(
                request.Analyses,
                new AnalysisSettings(reference, stride) { Batch = TokenBatch.Describe(request.Batch), Precision = request.Precision }),
            Batch = request.Batch,
            Precision = request.Precision.ToSpec(),
            ReferenceStep = reference,
            Stride = stride,
            Source = request.Source,
        };
    }

    /// <summary>Counts shards and bytes: what is there, what is missing, and what the missing ones will take.</summary>
    /// <param name="sweep">What is to be computed.</param>
    /// <param name="costs">What the machine that computes takes.</param>
    /// <param name="cancellationToken">Ends the questions to store and source.</param>
    public async Task<SweepPlan> PlanAsync(SweepSpec sweep, CostModel costs, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        ArgumentNullException.ThrowIfNull(costs);
        var look = new SourceLook(sources.Open(sweep.Source));
        var standing = await store.Ledger.ReadFreshAsync(sweep, cancellationToken).ConfigureAwait(false);
        var known = analyses.Create(AnalysisSettings.FromSweep(sweep))
            .ToDictionary(analysis => analysis.Description.Name, StringComparer.Ordinal);
        var models = new List<ModelPlan>();
        var duplicates = new List<string>();
        var findings = new List<string>();
        foreach (var name in sweep.Models)
        {
            var model = catalog.Find(name);
            var plan = new ModelPlan(name, sweep.Steps.Count, 0, 0, 0, TimeSpan.Zero, []);
            var isReadable = model.FindProblem() is null; // else its shards are quarantined, each with the reason
            var digests = new List<(int Step, string? Digest)>();
            foreach (var step in sweep.Steps)
            {
                var checkpoint = new CheckpointId(name, step);
                var missing = standing.Missing(checkpoint).ToArray();
                if (missing.Length == 0)
                {
                    plan = plan with { Done = plan.Done + 1 };
                    digests.Add((step, null));
                    continue;
                }

                var bytes = await look.FindAsync(checkpoint, cancellationToken).ConfigureAwait(false);
                var wanted = missing.Select(analysis => known.GetValueOrDefault(analysis.Name)).OfType<IAnalysis>();
                var time = bytes is { } there && isReadable ? costs.Estimate(there, model.Shape, wanted, sweep.Batch) : TimeSpan.Zero;
                plan = plan.Add(step, bytes, time);
                digests.Add((step, bytes is null ? null : await look.DigestAsync(checkpoint, cancellationToken).ConfigureAwait(false)));
            }

            duplicates.AddRange(DuplicateWarnings(name, digests));
            if (isReadable && UnsupportedNotices.Describe(name, model.Shape) is { } unsupported)
            {
                findings.Add(unsupported);
            }

            if (await look.ExplainAbsentAsync(plan, cancellationToken).ConfigureAwait(false) is { } absent)
            {
                findings.Add(absent);
            }

            models.Add(plan);
        }

        var warnings = sweep.Models
            .Select(catalog.Find)
            .Where(model => model.KnownBad.Keys.Any(sweep.Steps.Contains))
            .Select(
                model =>
                    $"{model.Name}: {model.KnownBad.Keys.Count(sweep.Steps.Contains)} of the steps are known to be published wrong: "
                        + $"{model.KnownBad.First(bad => sweep.Steps.Contains(bad.Key)).Value}");
        var comparison = await new SourceComparer(sources, store).CompareAsync(sweep, askSource: true, cancellationToken)
            .ConfigureAwait(false);
        return new SweepPlan(sweep, models, [.. comparison.Warnings, .. warnings, .. duplicates, .. findings, .. look.Warnings]);
    }

    // Steps 0 and 1 are equal by construction (the learning rate starts at zero); elsewhere equal bytes mean that a branch holds another
    // step's weights.
    private static IEnumerable<string> DuplicateWarnings(string model, IEnumerable<(int Step, string? Digest)> digests) => digests
        .Where(step => step.Digest is not null)
        .GroupBy(step => step.Digest, step => step.Step)
        .Where(group => group.Count() > 1)
        .Select(group => $"{model}: the source holds the same bytes for steps {string.Join(", ", group)} ({group.Key}): "
            + "at most one of them can be what its name says, unless nothing was trained between them.");

    private AnalysisId[] SelectAnalyses(IReadOnlyList<string>? names, AnalysisSettings settings)
    {
        var known = analyses.Create(settings).Select(analysis => analysis.Description).ToArray();
        string[] wanted = [.. (names ?? [Default]).SelectMany(Expand).Distinct()];
        string[] unknown = [.. wanted.Except(known.Select(analysis => analysis.Name))];
        return unknown.Length > 0
            ? throw new ArgumentException(
                $"Unknown analysis '{unknown[0]}': "
                    + Suggestion.Among(unknown[0], [.. known.Select(analysis => analysis.Name), Default, All]))
            : [.. known.Where(analysis => wanted.Contains(analysis.Name)).Select(analysis => analysis.Id)];

        IEnumerable<string> Expand(string name) => name switch
        {
            All => known.Select(analysis => analysis.Name),
            Default => known.Where(analysis => analysis.ByDefault).Select(analysis => analysis.Name),
            _ => [name],
        };
    }

    private void CheckSteps(string[] models, int[] steps, int reference)
    {
        foreach (var model in models.Select(catalog.Find))
        {
            var absent = steps.Append(reference).Except(model.Steps).ToArray();
            if (absent.Length > 0)
            {
                throw new ArgumentException(
                    $"{model.Name} has no checkpoint at step {string.Join(", ", absent.Take(5))}{(absent.Length > 5 ? ", …" : "")}: "
                    + $"its {model.Steps.Count} steps run from {model.Steps[0]} to {model.Steps[^1]} (see `pythia models {model.Name}`).");
            }
        }
    }
}
