using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Devices;

/// <summary>bfloat16 products: 8 bits of significand, half the memory.</summary>
/// <remarks>
/// With Intel's AMX many times the rate of float32; with AVX512_BF16 2.5 times on AMD's Zen 4 and half of it on Intel's Xeons (both
/// measured); without either they are emulated.
/// </remarks>
internal static class BrainFloat
{
    private const int Avx512Bf16 = 1 << 5; // leaf 7, subleaf 1, EAX (Intel 64 manual, volume 2A)
    private const int AmxBf16 = 1 << 22; // leaf 7, subleaf 0, EDX
    private const int Amd = 0x68747541; // leaf 0, EBX: the first letters of "AuthenticAMD"

    private static readonly bool OnThisProcessor = X86Base.IsSupported && X86Base.CpuId(0, 0) is { Eax: >= 7, Ebx: var vendor }
        && ((X86Base.CpuId(7, 0).Edx & AmxBf16) != 0 || (vendor == Amd && (X86Base.CpuId(7, 1).Eax & Avx512Bf16) != 0));

    /// <summary>Whether a device multiplies them faster than float32.</summary>
    public static bool IsFast(Device device) => device.type == DeviceType.CUDA || OnThisProcessor;
}
