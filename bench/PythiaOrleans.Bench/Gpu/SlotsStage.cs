namespace PythiaOrleans.Bench.Gpu;

/// <summary>One sweep with one, two and four slots on one device: what slots that share it bring.</summary>
internal static class SlotsStage
{
    private const int Checkpoints = 8;
    private const int Stride = 1000;

    public static void Run(StageRun run)
    {
        using var files = run.Settings.Device.IsCuda
            ? new RandomCheckpoint(run.Settings.Model, [.. Enumerable.Range(0, Checkpoints).Select(i => Stride * i)])
            : null;
        using var busy = new BusyShare(run.Settings.Device);
        string[] which = files is null
            ? [.. SweepStage.OfKit(run), "--analyses", "weight-moments,residual-stream"]
            : ["--source", files.Root, "--models", files.Model.Name, "--steps", $"0..{Stride * (Checkpoints - 1)}:{Stride}"];
        Dictionary<string, string>? expected = null;
        foreach (var slots in run.Settings.Device.IsCuda ? [1, 2, 4] : (int[])[1, 2])
        {
            var store = Path.Combine(run.Folder, $"{slots}");
            busy.Take();
            var seconds = run.Sweep(store, [.. which, "--device", run.Settings.Device.ToString(), "--workers", $"{slots}"]);
            run.Add($"slots_{slots}", new { seconds, most_used_bytes = busy.MostUsed(), busy = busy.Take() });
            var found = StageRun.Digests(store);
            expected ??= found;
            if (found.Count != expected.Count || found.Any(result => expected.GetValueOrDefault(result.Key) != result.Value))
            {
                run.Fail($"{slots} slots on {run.Settings.Device}: expected the bytes that one slot gives, found others.");
            }
        }
    }
}
