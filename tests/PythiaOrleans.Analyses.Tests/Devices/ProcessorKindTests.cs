using System.Runtime.InteropServices;
using PythiaOrleans.Analyses.Devices;

namespace PythiaOrleans.Analyses.Tests;

public sealed class ProcessorKindTests
{
    [Fact]
    public void Name_TellsInstructionsAndVendor()
    {
        Assert.Equal(ComputeDevice.Cpu.RoundingKind, ProcessorKind.Name);
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            Assert.Equal($"cpu:{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}", ProcessorKind.Describe(null));
            return;
        }

        Assert.Matches("^cpu:(avx512|avx2|sse)-(intel|amd|other)$", ProcessorKind.Describe(null));
        Assert.StartsWith("cpu:default-", ProcessorKind.Describe("DEFAULT"), StringComparison.Ordinal);
    }

    /// <summary>The kernel lists the same instructions.</summary>
    [Fact]
    public void Name_AgreesWithTheKernel()
    {
        const string processors = "/proc/cpuinfo";
        if (!File.Exists(processors) || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            Assert.Skip("This machine has no /proc/cpuinfo with flags.");
        }

        var lines = File.ReadAllLines(processors);
        var flags = lines.First(line => line.StartsWith("flags", StringComparison.Ordinal)).Split(' ');
        var widest = flags.Contains("avx512f") ? "avx512" : flags.Contains("avx2") ? "avx2" : "sse";
        var vendor = lines.First(line => line.StartsWith("vendor_id", StringComparison.Ordinal)).Split(": ")[1] switch
        {
            "GenuineIntel" => "intel",
            "AuthenticAMD" => "amd",
            _ => "other",
        };
        Assert.Equal($"cpu:{widest}-{vendor}", ProcessorKind.Describe(null));
    }
}
