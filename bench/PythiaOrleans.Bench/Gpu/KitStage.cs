namespace PythiaOrleans.Bench.Gpu;

/// <summary>One question that the kit puts to a device, answered by a process of its own.</summary>
/// <param name="Name">As the log and the report call it.</param>
/// <param name="Question">What it tells.</param>
/// <param name="Weight">Its share of the time, relative to the others that are still to run.</param>
/// <param name="Program">A program of the kit, <c>pythia.dll</c>.</param>
/// <param name="Arguments">What it is called with.</param>
internal sealed record KitStage(string Name, string Question, double Weight, string Program, params string[] Arguments)
{
    private const string Own = "PythiaOrleans.Bench.dll";

    // Tests that read the sources, or peers that a kit does not carry.
    private static readonly string[] Elsewhere = ["*ColumnsAreTested*", "*Peers*"];

    /// <summary>All of them, the most telling first.</summary>
    public static IReadOnlyList<KitStage> All { get; } =
    [
        Of("library", "does TorchSharp's library load against this libtorch, and which device is there?", 1),
        Of("agreement", "does the device give what the processor gives, for a pass and for a spectrum?", 1),
        new(
            "tests", "do the analyses' tests pass there?", 5, "PythiaOrleans.Analyses.Tests.dll",
            [.. Elsewhere.SelectMany(name => new[] { "--filter-not-class", name })]),
        Of("sweep", "does a sweep agree with the processor's, and does it repeat its bytes?", 4),
        Of("memory", "does memory stay flat over 100 tasks, and what happens when it runs out?", 3),
        Of("speed", "how long does each analysis take at full size, and how busy is the device?", 6),
        Of("slots", "do several tasks at a time pay on one device?", 2),
        Of("cluster", "does a cluster of one control and two workers finish when a worker is killed?", 2),
    ];

    private static KitStage Of(string name, string question, double weight) => new(name, question, weight, Own, "gpu-stage", name);
}
