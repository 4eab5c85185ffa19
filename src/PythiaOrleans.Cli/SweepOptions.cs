using System.CommandLine;
using PythiaOrleans.Silo;

namespace PythiaOrleans.Cli;

/// <summary>The options that say which sweep: what <c>plan</c> and <c>sweep</c> have in common.</summary>
internal sealed class SweepOptions
{
    private readonly Option<string?> _name = new("--name", "-n") { Description = "The sweep's name. Default: the suite's." };
    private readonly Option<string?> _suite = new("--suite") { Description = "The suite: pythia (default), pythia-deduped, pythia-v0, nano, or one of your catalog." };
    private readonly Option<string?> _models = new("--models", "-m") { Description = "Models, separated by commas. Default: the suite's." };
    private readonly Option<string?> _steps = new("--steps", "-s") { Description = "Steps: 0,1000,143000 or 0..143000:1000. Default: the suite's." };
    private readonly Option<string?> _analyses = new("--analyses", "-a") { Description = "Analyses, separated by commas. Default: all." };
    private readonly Option<int?> _reference = new("--reference-step") { Description = "The step from which distances are measured. Default: the suite's." };
    private readonly Option<string> _source = new("--source")
    {
        Description = "Where the checkpoints are, as model/stepN/ with config.json and weights: a folder, hub, hub:ORG, az://container/prefix, or the https address of a container (docs/sources.md).",
        Required = true,
        HelpName = "folder|hub|az://...",
    };

    public Option<string> Store { get; } = SharedOptions.Store();

    public Option<string?> Catalog { get; } = SharedOptions.Catalog();

    public Option<bool> Json { get; } = SharedOptions.Json();

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _source, Store, _name, _suite, _models, _steps, _analyses, _reference, Catalog, Json })
        {
            command.Options.Add(option);
        }
    }

    public SweepRequest Read(ParseResult parsed) => new(
        parsed.GetValue(_name),
        parsed.GetValue(_suite),
        Words(parsed.GetValue(_models)),
        parsed.GetValue(_steps) is { } steps ? StepList.Parse(steps) : null,
        Words(parsed.GetValue(_analyses)),
        parsed.GetValue(_reference),
        CheckpointSources.Resolve(parsed.GetValue(_source)!));

    private static string[]? Words(string? list) => list?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
