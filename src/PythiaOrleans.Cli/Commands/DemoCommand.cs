using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Opening;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cli.Hosting;
using PythiaOrleans.Cli.Options;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Nano;
using PythiaOrleans.Reporting.Report;
using PythiaOrleans.Server.Devices;
using PythiaOrleans.Server.Planning;
using PythiaOrleans.Server.Plugins;
using Spectre.Console;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia demo</c>: the main job on a fresh machine. Everything after the training is the product itself.</summary>
internal static class DemoCommand
{
    private const int QuickModels = 2;
    private const int QuickStride = 7; // of the checkpoints
    private const string QuickName = "nano-quick";

    // What is asked for by name takes a pass more, or is of no use at 144 steps: a few models and steps show it.
    private const string NetworkName = "nano-network";
    private const int NetworkStride = 12;

    private static readonly string[] NetworkAnalyses =
    [
        "residual-stream", "attention-heads", "representation-geometry", "behaviour", "stream-controls", "function-space",
        "embedding-seriation",
    ];

    public static Command Create()
    {
        var folder = new Option<string>("--folder")
        {
            Description = "Where checkpoints, results and the report go.",
            DefaultValueFactory = _ => "pythia-demo",
            HelpName = "folder",
        };
        var workers = SharedOptions.Workers();
        var device = SharedOptions.Device();
        device.Description = "Where the models are trained and swept: cpu, cuda, cuda:0, ... or auto (docs/gpu.md). Default: trained on "
            + "the processor, so that they are the same everywhere, and swept on auto.";
        var json = SharedOptions.Json();
        var trainOnly = new Option<bool>("--train-only")
        {
            Description = "Train the models and stop: a suite of checkpoints to try other commands on.",
        };
        var quick = new Option<bool>("--quick")
        {
            Description = "The two smallest models at 21 of their checkpoints: under two minutes on two cores. What it trains and measures "
                + "serves the whole demo later.",
        };
        var command = new Command(
            "demo",
            "Train six small GPT-NeoX models on the spot (about five minutes on two quiet cores), sweep their 6 x 144 checkpoints, write "
                + "the report. A second run reuses everything.")
        {
            folder, quick, workers, device, json, trainOnly,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var root = parsed.GetValue(folder)!;
            var (checkpoints, store, report) = (
                Path.Combine(root, "checkpoints"), Path.Combine(root, "store"), Path.Combine(root, "report"));
            var plugins = PluginOption.Load(parsed);
            var started = Stopwatch.GetTimestamp();
            ModelEntry[] models = [.. NanoSuite.Models.Take(parsed.GetValue(quick) ? QuickModels : NanoSuite.Models.Count)];
            await TrainAsync(
                models, checkpoints, DeviceChoice.Devices(parsed.GetValue(device) ?? "cpu")[0].ToString(), cancellationToken);
            var trained = Stopwatch.GetElapsedTime(started);
            if (parsed.GetValue(trainOnly))
            {
                Output.Line($"Checkpoints: {Path.GetFullPath(checkpoints)}");
                return ExitCode.Done;
            }

            var request = new SweepRequest(null, NanoSuite.Suite.Name, null, null, null, null, Path.GetFullPath(checkpoints));
            if (parsed.GetValue(quick))
            {
                request = request with
                {
                    Name = QuickName,
                    Models = [.. models.Select(model => model.Name)],
                    Steps = [.. models[0].Steps.Where((_, index) => index % QuickStride == 0)],
                };
                report = Path.Combine(root, "report-quick");
            }

            SweepRequest[] requests = parsed.GetValue(quick) ? [request] : [request, Network(request)];
            var ended = await SweepAsync(
                requests, store, parsed.GetValue(workers), parsed.GetValue(device), plugins, cancellationToken);
            var progress = ended[0];
            var swept = Stopwatch.GetElapsedTime(started) - trained;

            foreach (var sweep in ended)
            {
                var folderOf = ReportFolder(report, sweep);
                if (sweep.Done > sweep.AlreadyDone || !Reports.IsThere(folderOf))
                {
                    Output.Note("Writing the report ...");
                    await Reports.WriteAsync(
                        store, sweep.Sweep, ModelCatalog.Default, plugins.Analyses, folderOf, stills: false, cancellationToken);
                }
            }

            Output.Note(
                $"Training {Output.Duration(trained)}, sweep {Output.Duration(swept)}, report "
                    + $"{Output.Duration(Stopwatch.GetElapsedTime(started) - trained - swept)}.");
            var code = SweepRun.Summarize(progress, store, parsed.GetValue(json));
            if (!parsed.GetValue(json))
            {
                foreach (var sweep in ended)
                {
                    var page = Path.GetFullPath(Path.Combine(ReportFolder(report, sweep), ReportWriter.PageFile));
                    Output.Line($"Report:  {page} ({(sweep.Sweep == NetworkName ? "what the network does" : "open it in a browser")})");
                }
            }

            return code == ExitCode.Done ? SweepRun.CodeOf(ended[^1]) : code;
        });
        return command;
    }

    private static async Task TrainAsync(
        IReadOnlyList<ModelEntry> models, string checkpoints, string device, CancellationToken cancellationToken)
    {
        var trainer = new NanoTrainer(checkpoints);
        if (models.All(trainer.IsTrained))
        {
            Output.Note($"The models are trained already: {checkpoints}.");
            return;
        }

        Output.Note($"Training {models.Count} GPT-NeoX models, {models[0].Steps.Count} checkpoints each ...");
        if (!Output.Progress.Profile.Capabilities.Interactive)
        {
            await trainer.TrainAsync(models, device, Environment.ProcessorCount, new TrainingLines(), cancellationToken);
            return;
        }

        await Output.Progress.Progress().StartAsync(async display =>
        {
            var tasks = models.ToDictionary(
                model => model.Name, model => display.AddTask(model.Name, maxValue: model.Steps.Count));
            var bars = new Progress<NanoProgress>(at =>
            {
                tasks[at.Model].Increment(1);
                tasks[at.Model].Description = string.Create(CultureInfo.InvariantCulture, $"{at.Model} loss {at.Loss:0.000}");
            });
            await trainer.TrainAsync(models, device, Environment.ProcessorCount, bars, cancellationToken);
        });
    }

    private static SweepRequest Network(SweepRequest request) => request with
    {
        Name = NetworkName,
        Models = [.. NanoSuite.Models.Where((_, index) => index % 2 == 1).Select(model => model.Name)],
        Steps = [.. NanoSuite.Models[0].Steps.SkipLast(1).Where((_, index) => index % NetworkStride == 0), NanoSuite.Models[0].Steps[^1]],
        Analyses = NetworkAnalyses,
    };

    private static string ReportFolder(string report, SweepProgress sweep) =>
        sweep.Sweep == NetworkName ? $"{report}-network" : report;

    private static async Task<IReadOnlyList<SweepProgress>> SweepAsync(
        IReadOnlyList<SweepRequest> requests,
        string store,
        int? workers,
        string? device,
        PluginSet plugins,
        CancellationToken cancellationToken)
    {
        var blobs = new FolderBlobStore(store);
        var planner = new SweepPlanner(ModelCatalog.Default, new CheckpointSources(), new ResultStore(blobs), plugins.Analyses);
        var (batch, text) = NanoTrainer.HeldOutBatch();
        await blobs.TryCreateAsync(batch.Path, text, cancellationToken);
        await using var cluster = await ClusterConnection.StartAsync(
            store, ModelCatalog.Default, workers, device, plugins, cancellationToken);
        var ended = new List<SweepProgress>();
        foreach (var request in requests)
        {
            var spec = planner.Resolve(request with { Batch = batch });
            ended.Add(await SweepRun.ToEndAsync(cluster, spec, ModelCatalog.Default, plugins.Analyses, cancellationToken));
        }

        return ended;
    }

    /// <summary>A plain line every so often, where there is no terminal to draw on.</summary>
    private sealed class TrainingLines : IProgress<NanoProgress>
    {
        private const int EveryCheckpoints = 48;

        public void Report(NanoProgress value)
        {
            if (value.Done % EveryCheckpoints == 0)
            {
                Output.Note(string.Create(
                    CultureInfo.InvariantCulture, $"Trained {value.Done} of {value.Total} checkpoints; {value.Model} at step "
                        + $"{value.Step}: loss {value.Loss:0.000} nats a token"));
            }
        }
    }
}
