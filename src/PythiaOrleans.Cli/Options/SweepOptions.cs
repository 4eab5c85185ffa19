using System.CommandLine;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.Tokens;
using PythiaOrleans.Checkpoints.Opening;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Server.Planning;

namespace PythiaOrleans.Cli.Options;

/// <summary>The options that say which sweep: what <c>plan</c> and <c>sweep</c> have in common.</summary>
internal sealed class SweepOptions
{
    private readonly Option<string?> _name = new("--name", "-n") { Description = "The sweep's name. Default: the suite's." };
    private readonly Option<string?> _suite = new("--suite")
    {
        Description = "The suite: pythia (default), pythia-deduped, pythia-v0, nano, or one of your catalog.",
    };
    private readonly Option<string?> _models = new("--models", "-m") { Description = "Models, separated by commas. Default: the suite's." };
    private readonly Option<string?> _steps = new("--steps", "-s")
    {
        Description = "Steps: 0,1000,143000 or 0..143000:1000. Default, or all: the suite's; of other models all that they share.",
    };
    private readonly Option<string?> _analyses = new("--analyses", "-a")
    {
        Description = "Analyses, separated by commas; \"all\" is every one, \"default\" those that a sweep takes by itself.",
    };

    private readonly Option<int?> _reference = new("--reference-step")
    {
        Description = "The step from which distances are measured. Default: the suite's.",
    };
    private readonly Option<string> _source = new("--source")
    {
        Description = "Where the checkpoints are, as model/stepN/ with config.json and weights: a folder, hub, hub:ORG, hub:ORG/REPO, "
            + "az://container/prefix, or the https address of a container (docs/sources.md).",
        Required = true,
        HelpName = "folder|hub|az://...",
    };

    private readonly Option<string?> _stepPattern = new("--step-pattern")
    {
        Description = "How step folders are named where not stepN, checkpoint-N and the like: run_{step}; * stands for any text "
            + "(docs/sources.md).",
        HelpName = "pattern",
    };

    private readonly Option<string?> _batch = new("--batch")
    {
        Description = "Tokens for analyses that run the model: .txt (read by each model's own tokenizer), .npy, .u16, .u32 or "
            + ".bin (uint16). Default: a text that comes with the product.",
        HelpName = "file",
    };

    private readonly Option<int> _batchRows = new("--batch-rows") { Description = "Sequences of the batch.", DefaultValueFactory = _ => 8 };
    private readonly Option<int> _batchLength = new("--batch-length")
    {
        Description = "Tokens of a sequence; shorter where a model's context is.",
        DefaultValueFactory = _ => 512,
    };
    private readonly Option<int> _batchSeed = new("--batch-seed")
    {
        Description = "0 takes the first rows of the file, other numbers choose among all.",
    };

    private readonly Option<string> _precision = new("--precision")
    {
        Description = "In which numbers models run on the batch: float32 (default), bfloat16, or float16 (GPUs only).",
        DefaultValueFactory = _ => "float32",
    };

    public Option<string> Store { get; } = SharedOptions.Store();

    public Option<string?> Catalog { get; } = SharedOptions.Catalog();

    public Option<bool> Json { get; } = SharedOptions.Json();

    public void AddTo(Command command)
    {
        Option[] all =
        [
            _source, _stepPattern, Store, _name, _suite, _models, _steps, _analyses, _reference, _batch, _batchRows, _batchLength,
            _batchSeed, _precision, Catalog, Json,
        ];
        foreach (var option in all)
        {
            command.Options.Add(option);
        }
    }

    public SweepRequest Read(ParseResult parsed) => new(
        parsed.GetValue(_name),
        parsed.GetValue(_suite),
        SharedOptions.Words(parsed.GetValue(_models)),
        parsed.GetValue(_steps) is { } steps and not "all" ? StepList.Parse(steps) : null,
        SharedOptions.Words(parsed.GetValue(_analyses)),
        parsed.GetValue(_reference),
        CheckpointSources.Resolve(parsed.GetValue(_source)!, parsed.GetValue(_stepPattern)))
    {
        Batch = BatchOf(parsed).Spec,
        Precision = Precisions.Parse(parsed.GetValue(_precision)!),
    };

    /// <summary>Puts the batch's content where every silo finds it.</summary>
    public async Task StoreBatchAsync(ParseResult parsed, IBlobStore store, CancellationToken cancellationToken)
    {
        if (BatchOf(parsed) is { Spec: { } spec, Content: { } content })
        {
            await store.TryCreateAsync(spec.Path, content, cancellationToken);
        }
    }

    private (BatchSpec? Spec, byte[]? Content) BatchOf(ParseResult parsed)
    {
        var (rows, length, seed) = (parsed.GetValue(_batchRows), parsed.GetValue(_batchLength), parsed.GetValue(_batchSeed));
        if (parsed.GetValue(_batch) is { } file)
        {
            return BatchFile.Read(file, rows, length, seed);
        }

        var spec = TokenBatch.OfDefaultText(rows, length, seed);
        return (spec == TokenBatch.Default.Spec ? null : spec, null);
    }
}
