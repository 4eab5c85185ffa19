using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json.Nodes;
using PythiaOrleans.Analyses;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Bench.Gpu;

/// <summary>Seconds of each analysis on models of real shapes with random weights, beside PyTorch on the same device.</summary>
internal static class SpeedStage
{
    private const int Rows = 8;
    private const int Length = 512;
    private const int Runs = 2; // the second is without compiling and first memory
    private const int Step = 1000;

    public static void Run(StageRun run)
    {
        using var busy = new BusyShare(run.Settings.Device);
        foreach (var model in run.Settings.Measured)
        {
            Measure(run, model, busy);
        }
    }

    private static void Measure(StageRun run, ModelEntry model, BusyShare busy)
    {
        var started = Stopwatch.GetTimestamp();
        using var files = new RandomCheckpoint(model, 0, Step);
        run.Add($"{model.Name}_generated_seconds", Stopwatch.GetElapsedTime(started).TotalSeconds);
        var length = Math.Min(Length, model.Shape.ContextLength);
        var settings = new AnalysisSettings(0, Step) { Batch = ActivationsBench.RandomIds(model.Shape.VocabularyRows, Rows, length) };
        using var reference = files.Open(0);
        using var checkpoint = files.Open(Step);
        var seconds = new Dictionary<string, object>();
        // Of those asked for by name the ones that compute on the device: the others' bootstraps would take all of the stage's time.
        foreach (var analysis in AnalysisRegistry.BuiltIn.Create(settings)
            .Where(analysis => analysis.UsesDevice || analysis.Description.ByDefault)
            .OrderByDescending(analysis => analysis.UsesDevice))
        {
            var times = new double[Runs];
            busy.Take();
            for (var i = 0; i < Runs; i++)
            {
                var begun = Stopwatch.GetTimestamp();
                analysis.Run(
                    new AnalysisInput(checkpoint, reference, reference, model) { Device = run.Settings.Device }, CancellationToken.None);
                times[i] = Stopwatch.GetElapsedTime(begun).TotalSeconds;
            }

            seconds[analysis.Description.Name] = new
            {
                on = analysis.UsesDevice ? run.Settings.Device.ToString() : "host",
                first_seconds = times[0],
                seconds = times[^1],
                most_used_bytes = busy.MostUsed(),
                busy = busy.Take(),
            };
            run.Add(model.Name, seconds);
        }

        Peer(run, model, files, length);
    }

    private static void Peer(StageRun run, ModelEntry model, RandomCheckpoint files, int length)
    {
        var peer = new Dictionary<string, double>();
        try
        {
            var (code, _, _) = StageRun.Execute(
                KitSettings.Python, Note, Path.Combine(run.Settings.Kit, "peer.py"),
                Path.Combine(files.Root, new CheckpointId(model.Name, Step).Path), run.Settings.Device.ToString(), $"{Rows}", $"{length}");
            run.Add($"{model.Name}_peer_exit_code", code);
        }
        catch (Win32Exception error)
        {
            run.Add($"{model.Name}_peer_absent", $"{KitSettings.Python}: {error.Message}");
        }

        void Note(string line)
        {
            var found = JsonNode.Parse(line)!;
            peer[(string)found["name"]!] = (double)found["seconds"]!;
            run.Add($"{model.Name}_peer", peer);
        }
    }
}
