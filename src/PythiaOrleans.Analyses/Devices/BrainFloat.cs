using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses;

/// <summary>bfloat16 products: 8 bits of significand, half the memory, and twice the rate of float32 or more where the hardware has them. Elsewhere they are emulated, many times slower.</summary>
internal static class BrainFloat
{
    // CPUID leaf 7: AVX512_BF16 is bit 5 of EAX in subleaf 1, AMX-BF16 bit 22 of EDX in subleaf 0 (Intel 64 manual, volume 2A).
    private static readonly bool OnThisProcessor = X86Base.IsSupported && X86Base.CpuId(0, 0).Eax >= 7
        && ((X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0 || (X86Base.CpuId(7, 0).Edx & (1 << 22)) != 0);

    /// <summary>Whether a device multiplies them itself.</summary>
    public static bool IsFast(Device device) => device.type == DeviceType.CUDA || OnThisProcessor;
}
