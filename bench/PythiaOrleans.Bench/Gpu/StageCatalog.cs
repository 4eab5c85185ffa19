namespace PythiaOrleans.Bench.Gpu;

/// <summary>The stages that this program runs itself, in the process that the kit starts for each.</summary>
internal static class StageCatalog
{
    private static readonly Dictionary<string, Action<Measurements>> Stages = new(StringComparer.Ordinal)
    {
        ["library"] = LibraryStage.Run,
        ["agreement"] = AgreementStage.Run,
        ["sweep"] = SweepStage.Run,
        ["memory"] = MemoryStage.Run,
        ["speed"] = SpeedStage.Run,
        ["slots"] = SlotsStage.Run,
        ["cluster"] = ClusterStage.Run,
    };

    /// <summary>Runs one.</summary>
    /// <returns>0 where all that it holds to a limit kept it.</returns>
    public static int Run(string name)
    {
        if (!Stages.TryGetValue(name, out var run))
        {
            Console.Error.WriteLine($"Unknown stage '{name}': expected one of {string.Join(", ", Stages.Keys)}.");
            return 2;
        }

        var numbers = new Measurements();
        run(numbers);
        return numbers.AllHold ? 0 : 1;
    }
}
