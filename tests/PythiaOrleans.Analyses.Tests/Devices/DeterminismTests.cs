using PythiaOrleans.Analyses.Devices;

namespace PythiaOrleans.Analyses.Tests;

/// <summary>A setting of the whole process: nothing else may run meanwhile.</summary>
[Collection(nameof(NativeMemoryTests))]
public sealed class DeterminismTests
{
    [Fact]
    public void Mode_IsWhatWasSet()
    {
        var before = Determinism.IsOn;
        try
        {
            Determinism.Set(true);
            Assert.True(Determinism.IsOn);
            Determinism.Set(false);
            Assert.False(Determinism.IsOn);
        }
        finally
        {
            Determinism.Set(before);
        }
    }
}
