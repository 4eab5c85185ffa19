using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace PythiaOrleans.Analyses.Devices;

/// <summary>What decides how libtorch rounds on a processor: which vector instructions it takes, and whose processor it is.</summary>
public static class ProcessorKind
{
    /// <summary>libtorch's own variable: it takes fewer instructions than the processor has.</summary>
    public const string CapabilityVariable = "ATEN_CPU_CAPABILITY";

    private const int ExtendedFeatures = 7;
    private const int Avx2Bit = 1 << 5;
    private const int Avx512Bit = 1 << 16;

    /// <summary>
    /// For example <c>cpu:avx512-intel</c>, <c>cpu:avx2-amd</c> or <c>cpu:arm64</c>. Equal bytes of what libtorch computes are promised
    /// within one kind.
    /// </summary>
    public static string Name { get; } = Describe(Environment.GetEnvironmentVariable(CapabilityVariable));

    internal static string Describe(string? capability)
    {
        if (!X86Base.IsSupported)
        {
            return $"cpu:{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
        }

        // Asked of the processor and not of .NET, whose own switches libtorch does not know.
        var features = X86Base.CpuId(0, 0).Eax >= ExtendedFeatures ? X86Base.CpuId(ExtendedFeatures, 0).Ebx : 0;
        var widest = (features & Avx512Bit) != 0 ? "avx512" : (features & Avx2Bit) != 0 ? "avx2" : "sse";
        return $"cpu:{(string.IsNullOrEmpty(capability) ? widest : capability.ToLowerInvariant())}-{Vendor()}";
    }

    private static string Vendor()
    {
        var (_, b, c, d) = X86Base.CpuId(0, 0);
        var name = MemoryMarshal.AsBytes<int>([b, d, c]);
        return name.SequenceEqual("GenuineIntel"u8) ? "intel" : name.SequenceEqual("AuthenticAMD"u8) ? "amd" : "other";
    }
}
