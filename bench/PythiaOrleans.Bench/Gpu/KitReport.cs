using System.Text.Json;

namespace PythiaOrleans.Bench.Gpu;

/// <summary>What a run of the kit found so far, as one JSON file that is whole at every moment.</summary>
/// <param name="file">Where.</param>
/// <param name="device">What was asked.</param>
/// <param name="budget">The time for all stages.</param>
internal sealed class KitReport(string file, string device, TimeSpan budget)
{
    private static readonly JsonSerializerOptions Style =
        new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<StageResult> _stages = [];

    /// <summary>The stages so far.</summary>
    public IReadOnlyList<StageResult> Stages => _stages;

    /// <summary>Adds a stage and writes the file anew under another name before it takes the old one's place.</summary>
    public void Add(StageResult stage)
    {
        _stages.Add(stage);
        var fresh = $"{file}.new";
        File.WriteAllText(fresh, JsonSerializer.Serialize(
            new
            {
                device,
                budgetSeconds = budget.TotalSeconds,
                cores = Environment.ProcessorCount,
                runtime = Environment.Version.ToString(),
                torchSharp = typeof(TorchSharp.torch).Assembly.GetName().Version?.ToString(),
                stages = _stages,
            },
            Style));
        File.Move(fresh, file, overwrite: true);
    }
}
