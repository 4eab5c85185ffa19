using PythiaOrleans.Analyses.Devices;

namespace PythiaOrleans.Analyses.Tests;

public sealed class FirstUseTests
{
    /// <summary>Every kernel can be compiled before it is called, and again.</summary>
    [Fact]
    public void Kernels_AreFoundAndCompiled()
    {
        var count = FirstUse.CompileKernels();
        Assert.InRange(count, 30, 200);
        Assert.Equal(count, FirstUse.CompileKernels());
    }
}
