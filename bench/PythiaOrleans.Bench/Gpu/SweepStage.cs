using System.Text.Json.Nodes;

namespace PythiaOrleans.Bench.Gpu;

/// <summary>The product's own sweep of two trained models: on the processor, on the device, and there once more.</summary>
internal static class SweepStage
{
    private const int MaxListed = 20;

    /// <summary>The options of a sweep of the kit's models.</summary>
    public static string[] OfKit(StageRun run) =>
        ["--source", run.Settings.Checkpoints, "--suite", "nano", "--models", "nano-1,nano-2", "--steps", "0,715"];

    public static void Run(StageRun run)
    {
        var (processor, device) = (Sweep("processor", "cpu"), run.Settings.Device.ToString());
        var first = Sweep("first", device);

        // In a rehearsal the first one on the processor serves.
        var again = run.Settings.Device.IsCuda ? Sweep("second", device) : processor;
        var (before, after) = (StageRun.Digests(first), StageRun.Digests(again));
        var others = before.Where(result => after.GetValueOrDefault(result.Key) != result.Value).Select(result => result.Key).ToArray();
        run.Add("repeated", new { results = before.Count, other_bytes = others });
        if (others.Length > 0 || before.Count == 0 || before.Count != after.Count)
        {
            run.Fail(
                $"Two sweeps on {device}: expected the same bytes of {after.Count} results, found {before.Count}, {others.Length} of them "
                    + "others.");
        }

        Compare(run, first, processor);

        string Sweep(string name, string on)
        {
            var store = Path.Combine(run.Folder, name);
            run.Add($"{name}_seconds", run.Sweep(store, [.. OfKit(run), "--analyses", "all", "--device", on]));
            return store;
        }
    }

    // Counts of outliers, chosen laws and p values may jump where a value crosses a threshold, so that this only tells; tests hold.
    private static void Compare(StageRun run, string measured, string reference)
    {
        var (code, output, _) = run.Pythia(
            "compare", "kit", "--store", measured, "--reference", "kit", "--reference-store", reference, "--worst", $"{MaxListed}",
            "--json");
        if (code != 0)
        {
            run.Fail($"pythia compare: expected exit code 0, found {code}.");
            return;
        }

        var report = JsonNode.Parse(output)!;
        run.Add("compared", new { values = report["values"], different = report["different"], worst = report["worst"] });
    }
}
