using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace PythiaOrleans.Analyses.Counting;

/// <summary>Asks for memory before it is read.</summary>
/// <remarks>Processors foresee what is read in order, but not beyond a page of 4096 bytes: of a mapped file each page would begin with a wait for its address and its first bytes.</remarks>
internal static class Ahead
{
    private const int Bytes = 2048;

    /// <summary>What lies half a page behind a place; nothing is read, and nothing need be there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Fetch<T>(ref readonly T place)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0((byte*)Unsafe.AsPointer(ref Unsafe.AsRef(in place)) + Bytes);
        }
    }
}
