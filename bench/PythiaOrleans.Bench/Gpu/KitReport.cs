using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PythiaOrleans.Bench.Gpu;

/// <summary><c>gpu-kit.json</c>: written whole after each stage, so that it is valid at any moment.</summary>
internal sealed class KitReport(KitSettings settings)
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    private readonly List<StageResult> _stages = [];
    private readonly DateTimeOffset _startedAt = DateTimeOffset.UtcNow;

    /// <summary>Whether a stage did not come to its end as expected.</summary>
    public bool HasFailures => _stages.Any(stage => stage.Verdict is not (Verdict.Passed or Verdict.Skipped));

    /// <summary>Adds a stage and writes the file again.</summary>
    public void Add(StageResult stage)
    {
        _stages.Add(stage);
        Write(null);
        Say(string.Create(
            CultureInfo.InvariantCulture,
            $"== {stage.Name}: {JsonNamingPolicy.SnakeCaseLower.ConvertName(stage.Verdict.ToString())} after {stage.Seconds:0.0} of "
                + $"{stage.BudgetSeconds:0.0} s{string.Concat(stage.Failures.Select(failure => $"\n   {failure}"))}"));
    }

    /// <summary>Writes the last state.</summary>
    public void Finish(TimeSpan took)
    {
        Write(took.TotalSeconds);
        Say($"Report: {Path.Combine(settings.Out, "gpu-kit.json")}");
    }

    private void Write(double? seconds)
    {
        var file = Path.Combine(settings.Out, "gpu-kit.json");
        File.WriteAllText(file + ".draft", JsonSerializer.Serialize(
            new
            {
                Kit = File.ReadAllText(Path.Combine(settings.Kit, "VERSION")).Trim(),
                Device = settings.Device.ToString(),
                Libtorch = KitSettings.TorchVersion,
                Machine = Environment.MachineName,
                Cores = Environment.ProcessorCount,
                StartedAt = _startedAt,
                BudgetSeconds = settings.Seconds,
                Seconds = seconds,
                Stages = _stages,
            },
            Options));
        File.Move(file + ".draft", file, overwrite: true);
    }

    private void Say(string text)
    {
        Console.WriteLine(text);
        File.AppendAllText(settings.LogFile, text + "\n");
    }
}
