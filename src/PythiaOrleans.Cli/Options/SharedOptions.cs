using System.CommandLine;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Opening;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cli.Options;

/// <summary>Options that several commands share: one spelling, one description.</summary>
internal static class SharedOptions
{
    public static Option<string> Store() => new("--store", "-o")
    {
        Description = "The folder that holds results, series and specs, or az://container; $PYTHIA_STORE names another one.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("PYTHIA_STORE") ?? "pythia-store",
        HelpName = "folder",
    };

    public static Option<bool> Json() =>
        new("--json") { Description = "Print one JSON document on standard output; progress goes to standard error." };

    public static Option<string?> Catalog() => new("--catalog")
    {
        Description = "A JSON file with your own models and suites, added to the built-in catalog (docs/catalog.md).",
        HelpName = "file",
    };

    public static Argument<string> Sweep() => new("sweep") { Description = "The sweep's name." };

    public static Option<int?> Workers() => new("--workers", "-w")
    {
        Description = "Checkpoints that are measured at the same time, one thread each. Default: one for each GPU, or for each core where "
            + "there is none.",
    };

    public static Option<string?> Device() => new("--device")
    {
        Description = "Where it is computed: auto (every GPU, or the processor where there is none), cpu, cuda (every GPU), or a list, "
            + "cuda:0,cuda:1 (docs/gpu.md). Default: auto.",
        HelpName = "device",
    };

    /// <summary>The words of a list that commas separate; null where it was not given.</summary>
    public static string[]? Words(string? list) =>
        list?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The built-in catalog; on top of it the models of the user's file, and those that only the source knows.</summary>
    /// <param name="file">The user's catalog.</param>
    /// <param name="source">The source.</param>
    /// <param name="models">The models that the user named.</param>
    public static ModelCatalog LoadCatalog(string? file, string? source = null, IReadOnlyList<string>? models = null)
    {
        var catalog = file is null ? ModelCatalog.Default : ModelCatalog.Default.With(ModelCatalog.FromJson(file));
        return source is null
            ? catalog
            : catalog.With(CheckpointSources.ReadModels(source, [.. models?.Where(model => catalog.TryFind(model) is null) ?? []]));
    }

    /// <summary>The catalog of a stored sweep. What the source does not tell now is left out: results are shown without it too.</summary>
    public static ModelCatalog LoadCatalog(string? file, SweepSpec sweep)
    {
        try
        {
            return LoadCatalog(file, sweep.Source, sweep.Models);
        }
        catch (Exception error) when (error is SourceUnavailableException or AccessDeniedException)
        {
            Output.Note($"{error.Message} What only {sweep.Source} knows of its models is left out.");
            return LoadCatalog(file);
        }
    }
}
