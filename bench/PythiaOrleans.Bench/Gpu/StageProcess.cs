using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PythiaOrleans.Bench.Gpu;

/// <summary>Runs a stage in a process of its own, so that neither a crash of native code nor a hang costs the others anything.</summary>
/// <param name="folder">Where the stages' numbers are.</param>
/// <param name="log">Takes what they print.</param>
internal sealed class StageProcess(string folder, TextWriter log)
{
    private const int KeptLines = 20;

    // .NET says 128 + the signal.
    private const int Signalled = 128;

    private readonly Lock _writing = new();

    /// <summary>Runs it to its end, or until its time is over.</summary>
    public async Task<StageResult> RunAsync(KitStage stage, TimeSpan limit)
    {
        var numbers = Path.Combine(folder, $"{stage.Name}.json");
        var last = new Queue<string>();
        var start = new ProcessStartInfo(
            Environment.ProcessPath!, [Path.Combine(AppContext.BaseDirectory, stage.Program), .. stage.Arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        start.Environment[Measurements.Variable] = numbers;
        var started = Stopwatch.GetTimestamp();
        using var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var time = new CancellationTokenSource(limit);
        var verdict = "stopped";
        try
        {
            await process.WaitForExitAsync(time.Token).ConfigureAwait(false);
            verdict = process.ExitCode == 0 ? "passed" : process.ExitCode > Signalled ? "crashed" : "failed";
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        }

        lock (_writing)
        {
            return new StageResult(
                stage.Name, stage.Question, verdict, Stopwatch.GetElapsedTime(started).TotalSeconds, limit.TotalSeconds,
                verdict == "stopped" ? null : process.ExitCode, Read(numbers), [.. last]);
        }

        void Take(string? line)
        {
            if (line is null)
            {
                return;
            }

            lock (_writing)
            {
                log.WriteLine(line);
                last.Enqueue(line);
                if (last.Count > KeptLines)
                {
                    last.Dequeue();
                }
            }
        }
    }

    private static JsonNode? Read(string file)
    {
        try
        {
            return File.Exists(file) ? JsonNode.Parse(File.ReadAllText(file)) : null;
        }
        catch (JsonException error)
        {
            return JsonValue.Create($"unreadable: {error.Message}");
        }
    }
}
