using PythiaOrleans.Testing;

namespace PythiaOrleans.Checkpoints.Tests;

/// <summary>How often a file is damaged at random and read. <c>PYTHIA_DAMAGE=10 ./test.sh</c> does it ten times as often.</summary>
internal static class DamageTrials
{
    private static readonly int Factor = TestSettings.Number("PYTHIA_DAMAGE") ?? 1;

    public static int Count(int usual) => usual * Factor;
}
