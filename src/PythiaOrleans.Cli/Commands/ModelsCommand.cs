using System.CommandLine;
using System.Globalization;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Opening;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cli.Options;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia models</c>: what the catalog knows.</summary>
internal static class ModelsCommand
{
    public static Command Create()
    {
        var name = new Argument<string?>("model") { Description = "One model, by any of its names.", Arity = ArgumentArity.ZeroOrOne };
        var catalogFile = SharedOptions.Catalog();
        var json = SharedOptions.Json();
        var source = new Option<string?>("--source") { Description = "A folder whose models are listed too.", HelpName = "folder" };
        var command = new Command("models", "List the catalog's models and suites, or show one model.") { name, catalogFile, source, json };
        command.SetAction(parsed =>
        {
            var catalog = SharedOptions.LoadCatalog(
                parsed.GetValue(catalogFile), parsed.GetValue(source) is { } place ? CheckpointSources.Resolve(place) : null);
            if (parsed.GetValue(name) is { } one)
            {
                Show(catalog.Find(one), parsed.GetValue(json));
            }
            else
            {
                List(catalog, parsed.GetValue(json));
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static void List(ModelCatalog catalog, bool json)
    {
        var models = new List<ModelEntry>();
        foreach (var model in catalog.Models)
        {
            if (model.FindProblem() is { } problem)
            {
                Output.Note($"{model.Name} is left out: {problem}");
            }
            else
            {
                models.Add(model);
            }
        }

        if (json)
        {
            Output.Json(new { models, suites = catalog.Suites });
            return;
        }

        // Suites first: a sweep names one of them, and the models are many.
        var suites = new TextTable("suite", "models", "steps", "reference", "what it is");
        foreach (var suite in catalog.Suites)
        {
            suites.Add(
                suite.Name, ShortenNames(suite.Models), Number(suite.Steps.Count), Number(suite.ReferenceStep), suite.Description);
        }

        suites.Print();
        Output.Line("");
        var table = new TextTable("model", "blocks", "hidden size", "heads", "parameters", "checkpoints", "also called");
        foreach (var model in models)
        {
            table.Add(
                model.Name,
                Number(model.Shape.Blocks),
                Number(model.Shape.HiddenSize),
                Number(model.Shape.Heads),
                model.Shape.ParameterCount.ToString("N0", CultureInfo.InvariantCulture),
                Number(model.Steps.Count) + (model.KnownBad.Count > 0 ? $" ({model.KnownBad.Count} known bad)" : ""),
                string.Join(", ", model.Aliases));
        }

        table.Print();
    }

    private static string ShortenNames(IReadOnlyList<string> names) => names.Count <= 6
        ? string.Join(", ", names)
        : $"{string.Join(", ", names.Take(2))}, … {names[^1]} ({names.Count})";

    private static void Show(ModelEntry model, bool json)
    {
        if (json)
        {
            Output.Json(model);
            return;
        }

        void Row(string key, string value) => Output.Line($"{key,-12} {value}");
        Row("model", model.Name);
        Row("also called", string.Join(", ", model.Aliases));
        Row("repository", model.Repository ?? "local only");
        Row("revisions", string.Join(", ", model.Steps.Take(2).Append(model.Steps[^1]).Distinct().Select(model.RevisionOf)));
        Row("shape", string.Create(
            CultureInfo.InvariantCulture,
            $"{model.Shape.Blocks} blocks, hidden size {model.Shape.HiddenSize}, {model.Shape.Heads} heads of {model.Shape.HeadSize}, "
                + $"{model.Shape.VocabularyRows} vocabulary rows"));
        Row("parameters", model.Shape.ParameterCount.ToString("N0", CultureInfo.InvariantCulture));
        Row("steps", $"{model.Steps.Count}: {Shorten(model.Steps)}");
        Row("schedule", model.Schedule is { } schedule ? Describe(schedule) : "unknown");
        var known = model.KnownBad.GroupBy(bad => bad.Value).Select(group => (group.Key, group.Select(bad => bad.Key).ToArray()));
        foreach (var (why, steps) in known)
        {
            Row("known bad", $"{steps.Length} steps ({Shorten(steps)}): {why}");
        }
    }

    private static string Describe(TrainingSchedule schedule)
    {
        var decayed = (schedule.DecaysNormsAndBiases, schedule.DecaysEmbeddings) switch
        {
            (true, true) => "everything",
            (true, false) => "everything but embeddings",
            (false, true) => "matrices",
            _ => "matrices but embeddings",
        };
        var kind = schedule.Decay switch
        {
            DecayKind.Linear => "a straight line to zero",
            DecayKind.CosineToFloor when schedule.StretchedTo is { } end => string.Create(
                CultureInfo.InvariantCulture, $"a cosine to its floor, half-way stretched to {end:N0} updates"),
            DecayKind.CosineToFloor => "a cosine to its floor",
            DecayKind.StableThenLinear => "constant, at the end a straight line to zero",
            _ => "a cosine to zero, not below its floor",
        };
        return string.Create(
            CultureInfo.InvariantCulture,
            $"peak learning rate {schedule.PeakLearningRate:0.##e0} after {schedule.WarmupSteps:N0} updates, then {kind} "
                + $"({schedule.FloorRatio:0.##} of the peak); weight decay {schedule.WeightDecay} of {decayed}; "
                + $"{schedule.TokensPerStep:N0} tokens per update");
    }

    private static string Shorten(IReadOnlyList<int> steps) => steps.Count <= 14
        ? string.Join(", ", steps)
        : $"{string.Join(", ", steps.Take(11))}, … {steps[^2]}, {steps[^1]}";

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
