using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace PythiaOrleans.Analyses.Counting;

/// <summary>Asks for memory before it is read.</summary>
/// <remarks>
/// Processors foresee what is read in order, but not beyond a page of 4096 bytes: each page would begin with a wait for its address and
/// its first bytes.
/// </remarks>
internal static class Prefetch
{
    private const int Bytes = 2048;

    /// <summary>Asks for what lies half a page after a place; nothing is read, and the address need not exist.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Next<T>(ref readonly T place)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0((byte*)Unsafe.AsPointer(ref Unsafe.AsRef(in place)) + Bytes);
        }
    }
}
