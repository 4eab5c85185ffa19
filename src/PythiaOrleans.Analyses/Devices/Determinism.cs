using System.Runtime.InteropServices;
using TorchSharp;

namespace PythiaOrleans.Analyses.Devices;

/// <summary>libtorch's deterministic mode: equal work gives equal bytes on a GPU too, or an error where an operation cannot.</summary>
/// <remarks>
/// TorchSharp 0.107 has <c>use_deterministic_algorithms</c> in name only ('not implemented'), so that libtorch's own functions are called,
/// by the names that its C++ compilers give them: those of <c>at::Context</c> (ATen/Context.h of PyTorch 2.10).
/// </remarks>
internal static unsafe class Determinism
{
    private const string Library = "libtorch_cpu.so";

    private static readonly Lazy<nint> Loaded = new(Load);

    /// <summary>Whether it is on, in the whole process.</summary>
    public static bool IsOn => ((delegate* unmanaged<nint, byte>)Find("_ZNK2at7Context23deterministicAlgorithmsEv"))(Context) != 0;

    private static nint Context => ((delegate* unmanaged<nint>)Find("_ZN2at13globalContextEv"))();

    /// <summary>Turns it on or off, in the whole process.</summary>
    /// <exception cref="NotSupportedException">This libtorch has no such functions.</exception>
    public static void Set(bool on)
    {
        var (yes, no) = ((byte)(on ? 1 : 0), (byte)0);
        // an error, not a warning
        ((delegate* unmanaged<nint, byte, byte, void>)Find("_ZN2at7Context26setDeterministicAlgorithmsEbb"))(Context, yes, no);
        ((delegate* unmanaged<nint, byte, void>)Find("_ZN2at7Context21setDeterministicCuDNNEb"))(Context, yes);

        // The mode also fills fresh memory with NaN, for programs that read what they never wrote. It costs a pass over every tensor.
        ((delegate* unmanaged<nint, byte, void>)Find("_ZN2at7Context39setDeterministicFillUninitializedMemoryEb"))(Context, no);
    }

    // TorchSharp knows where its libraries are; after it the bare name is enough.
    private static nint Load()
    {
        torch.InitializeDeviceType(DeviceType.CPU);
        return NativeLibrary.Load(Library);
    }

    private static nint Find(string symbol) => NativeLibrary.TryGetExport(Loaded.Value, symbol, out var address)
        ? address
        : throw new NotSupportedException(
            $"{Library}: expected {symbol} of libtorch 2.10, found no such function. "
            + "On a GPU equal bytes could not be promised: take that version (docs/gpu.md).");
}
