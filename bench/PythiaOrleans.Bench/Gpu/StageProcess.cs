using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PythiaOrleans.Bench.Gpu;

/// <summary>A stage in its own process: it may crash, hang or be stopped, and its facts stay.</summary>
internal static class StageProcess
{
    private const int FirstSignal = 128; // what .NET adds to the number of the signal that ended a process

    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);

    /// <summary>Runs a stage to its end, or until its time is over.</summary>
    public static async Task<StageResult> RunAsync(KitStage stage, KitSettings settings, int place, TimeSpan budget)
    {
        Directory.CreateDirectory(Path.Combine(settings.Out, "facts"));
        var facts = Path.Combine(settings.Out, "facts", $"{place}-{stage.Name}.jsonl");
        File.Delete(facts);
        await using var log = new StreamWriter(settings.LogFile, append: true) { AutoFlush = true };
        await log.WriteLineAsync($"== {stage.Name}: {stage.Question}");
        var start = new ProcessStartInfo(
            KitSettings.Dotnet, [typeof(StageProcess).Assembly.Location, "gpu", "stage", stage.Name, settings.Kit, facts])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var started = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        var (gate, isOver) = (new Lock(), false);
        process.OutputDataReceived += (_, line) => Log(line.Data);
        process.ErrorDataReceived += (_, line) => Log(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var limit = new CancellationTokenSource(budget);
        int? code = null;
        try
        {
            await process.WaitForExitAsync(limit.Token);
            code = process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            // It may have ended while a process that it started holds its output open: then that was the end, not the limit.
            code = process.HasExited ? process.ExitCode : null;
            process.Kill(entireProcessTree: true);
            process.WaitForExit(LastWords);
        }

        lock (gate)
        {
            isOver = true; // what an orphan prints from now on has no log
        }

        var (found, failures) = Read(facts);
        return new StageResult(
            stage.Name, stage.Question, Judge(code), Stopwatch.GetElapsedTime(started).TotalSeconds, budget.TotalSeconds, code, failures,
            found);

        void Log(string? line)
        {
            lock (gate)
            {
                if (line is not null && !isOver)
                {
                    log.WriteLine(line);
                }
            }
        }
    }

    private static Verdict Judge(int? code) => code switch
    {
        null => Verdict.OutOfTime,
        0 => Verdict.Passed,
        StageRun.SkippedCode => Verdict.Skipped,
        > FirstSignal => Verdict.Crashed,
        _ => Verdict.Failed,
    };

    private static (JsonObject Facts, List<string> Failures) Read(string file)
    {
        var (facts, failures) = (new JsonObject(), new List<string>());
        foreach (var line in File.Exists(file) ? File.ReadLines(file) : [])
        {
            try
            {
                var fact = JsonNode.Parse(line)!.AsObject();
                if (fact["failure"] is { } failure)
                {
                    failures.Add((string)failure!);
                }
                else
                {
                    facts[(string)fact["name"]!] = fact["value"]?.DeepClone();
                }
            }
            catch (JsonException)
            {
                // The process was stopped while it wrote its last line.
            }
        }

        return (facts, failures);
    }
}
