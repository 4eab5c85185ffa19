using System.Globalization;

namespace PythiaOrleans.Checkpoints.Tests;

/// <summary>How often a file is damaged at random and read. <c>PYTHIA_DAMAGE=10 ./test.sh</c> does it ten times as often.</summary>
internal static class DamageTrials
{
    private static readonly int Factor =
        int.Parse(Environment.GetEnvironmentVariable("PYTHIA_DAMAGE") ?? "1", CultureInfo.InvariantCulture);

    public static int Count(int usual) => usual * Factor;
}
