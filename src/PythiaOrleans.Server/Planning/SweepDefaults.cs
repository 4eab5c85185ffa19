using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Opening;
using PythiaOrleans.Checkpoints.Sources;

namespace PythiaOrleans.Server.Planning;

/// <summary>
/// The models, steps and reference of a request that does not name them all: the suite's, or, for a folder of other models, what the folder
/// holds.
/// </summary>
internal sealed class SweepDefaults
{
    /// <summary>Decides.</summary>
    /// <exception cref="ArgumentException">A model is unknown, the folder holds none of the models, or they share no step.</exception>
    public SweepDefaults(ModelCatalog catalog, Suite suite, SweepRequest request)
    {
        var held = CheckpointSources.ReadModels(request.Source).Models;
        Models = [.. FindModels(suite, request, held).Select(name => catalog.Find(name).Name).Distinct()];
        CheckSource(request.Source, Models, held);
        var isOfSuite = Models.All(suite.Models.Contains);
        Steps = [.. (request.Steps ?? (isOfSuite ? suite.Steps : SharedSteps(catalog))).Distinct().Order()];
        ReferenceStep = request.ReferenceStep
            ?? (Steps.Contains(suite.ReferenceStep) || (request.Steps is null && isOfSuite) ? suite.ReferenceStep : Steps.FirstOrDefault());
    }

    /// <summary>The models' names in the catalog.</summary>
    public string[] Models { get; }

    /// <summary>The steps, ascending.</summary>
    public int[] Steps { get; }

    /// <summary>The step from which distances are measured.</summary>
    public int ReferenceStep { get; }

    private static IEnumerable<string> FindModels(Suite suite, SweepRequest request, IReadOnlyList<ModelEntry> held)
    {
        if (request.Models is { } named)
        {
            return named;
        }

        if (request.Suite is not null || held.Count == 0 || held.Any(model => suite.Models.Contains(model.Name)))
        {
            return suite.Models;
        }

        var readable = new List<string>();
        foreach (var model in held)
        {
            if (model.FindProblem() is { } problem)
            {
                SourceNotices.Report($"{model.Name} is left out: {problem}");
            }
            else
            {
                readable.Add(model.Name);
            }
        }

        return readable.Count > 0 ? readable : held.Select(model => model.Name);
    }

    // Hundreds of shards that all end as absent would only say so later.
    private static void CheckSource(string source, string[] models, IReadOnlyList<ModelEntry> held)
    {
        if (held.Count > 0 && !held.Any(model => models.Contains(model.Name)))
        {
            throw new ArgumentException(
                $"{source} holds none of {string.Join(", ", models.Take(6))}{(models.Length > 6 ? ", ..." : "")}; "
                + $"it holds {string.Join(", ", held.Select(model => model.Name).Take(6))}{(held.Count > 6 ? ", ..." : "")}. Choose "
                + "with --models.");
        }
    }

    private IEnumerable<int> SharedSteps(ModelCatalog catalog)
    {
        var shared = Models.Select(name => (IEnumerable<int>)catalog.Find(name).Steps)
            .Aggregate((all, steps) => all.Intersect(steps))
            .ToArray();
        return shared.Length > 0 ? shared : throw new ArgumentException($"{string.Join(", ", Models)} share no step: choose with --steps.");
    }
}
