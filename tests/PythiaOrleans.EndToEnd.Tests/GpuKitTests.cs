using System.Diagnostics;
using System.Text.Json.Nodes;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Nano;
using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>The kit for GPU nodes, made and run to its end on the processor's libtorch (docs/gpu.md).</summary>
public sealed class GpuKitTests
{
    private static readonly string[] Stages = ["load", "agreement", "tests", "sweep", "memory", "speed", "slots", "cluster"];

    /// <summary>The last stage gets less time than .NET takes to start: it must be named, and nothing found before it lost.</summary>
    [Fact]
    public async Task Kit_OnAProcessor_AnswersEveryStage_AndKeepsWhatItFoundWhenOneIsStopped()
    {
        var root = SharedData.Repository;
        using var folder = new TemporaryFolder();
        await WriteCheckpointsAsync(folder["checkpoints"]);
        var (made, log) = await RunAsync(
            root, [], "bash", Path.Combine(root, "scripts", "gpu-kit.sh"), "--no-build", "--folder", folder["kit"],
            "--checkpoints", folder["checkpoints"]);
        Assert.True(made == 0, log);

        var (code, output) = await RunAsync(
            root,
            new Dictionary<string, string>
            {
                ["OUT"] = folder["out"],
                ["PYTHIA_TEST_DEVICE"] = "cpu",
                ["LD_LIBRARY_PATH"] = Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native"),
                ["GPU_KIT_SECONDS"] = "1200", // a limit, not a duration: a busy machine must not decide the outcome
                ["GPU_KIT_STAGES"] = $"{string.Join(',', Stages)},tests:0.01",
            },
            "sh", Path.Combine(folder["kit"], "gpu-kit", "run.sh"));

        Assert.Equal(1, code); // a stage was stopped
        var report = JsonNode.Parse(
            await File.ReadAllTextAsync(Path.Combine(folder["out"], "gpu-kit.json"), TestContext.Current.CancellationToken))!;
        var stages = report["stages"]!.AsArray();
        string[] verdicts = [.. stages.Select(stage => $"{stage!["name"]} {stage["verdict"]}")];
        string[] expected = [.. Stages.Select(stage => $"{stage} passed"), "tests out_of_time"];
        Assert.True(expected.SequenceEqual(verdicts), output);
        Assert.Equal(0, (int)stages[0]!["facts"]!["unresolved_symbols"]!);
        Assert.True((int)stages[2]!["facts"]!["agreement"]!["total"]! > 0, output);
        Assert.Empty(stages[3]!["facts"]!["repeated"]!["other_bytes"]!.AsArray());
        Assert.True((int)stages[3]!["facts"]!["repeated"]!["results"]! > 0, output);
        Assert.Equal(0, (long)stages[4]!["facts"]!["tensors_left"]!);
        Assert.True((double)stages[5]!["facts"]!["nano-2"]!["weight-spectrum"]!["seconds"]! > 0, output);
        Assert.Equal(0, (int)stages[7]!["facts"]!["sweep"]!["exit_code"]!);
    }

    /// <summary>The two models as a demo leaves them, but trained for two updates only, whatever the folder of the last one says.</summary>
    private static async Task WriteCheckpointsAsync(string folder)
    {
        const int updates = 2;
        var models = NanoSuite.Models.Where(model => model.Name is "nano-1" or "nano-2").ToArray();
        await new NanoTrainer(folder).TrainAsync(
            [.. models.Select(model => model with { Schedule = model.Schedule! with { TotalSteps = updates }, Steps = [0, updates] })],
            "cpu", models.Length, progress: null, TestContext.Current.CancellationToken);
        foreach (var model in models)
        {
            Directory.Move(At(model.Name, updates), At(model.Name, model.Steps[^1]));
        }

        string At(string model, int step) => Path.Combine(folder, new CheckpointId(model, step).Path);
    }

    private static async Task<(int Code, string Output)> RunAsync(
        string root, Dictionary<string, string> environment, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = root };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var (code, output, errors) = await Programs.RunAsync(start);
        return (code, output + errors);
    }
}
