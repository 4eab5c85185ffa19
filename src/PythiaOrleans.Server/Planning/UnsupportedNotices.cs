using System.Collections.Concurrent;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Sources;

namespace PythiaOrleans.Server.Planning;

/// <summary>
/// Says once for each model which settings of its <c>config.json</c> no forward pass here computes. Weights are measured all the same, and
/// a user who measures only weights hears of it through this sentence alone.
/// </summary>
internal static class UnsupportedNotices
{
    private static readonly ConcurrentDictionary<string, bool> Told = new(StringComparer.Ordinal);

    /// <summary>Reports the settings; every further call with the same ones is silent.</summary>
    public static void Report(string model, ModelShape shape)
    {
        if (Describe(model, shape) is { } notice && Told.TryAdd(notice, true))
        {
            SourceNotices.Report(notice);
        }
    }

    /// <summary>The sentence; null where everything is computed.</summary>
    public static string? Describe(string model, ModelShape shape) => shape.UnsupportedSettings.Count == 0
        ? null
        : $"{model}: config.json has {string.Join(", ", shape.UnsupportedSettings.Select(setting => setting.Field))}, which is not "
            + "understood: its weights are measured, and analyses that run the model refuse it.";
}
