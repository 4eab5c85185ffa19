using System.Runtime.CompilerServices;

namespace PythiaOrleans.Numerics.Lanes;

/// <summary>How kernels are compiled.</summary>
internal static class Jit
{
    /// <summary>
    /// At their best, the first time they are called. .NET else begins with code that is up to ten times slower and improves what it sees
    /// often: a process that measures one checkpoint would be done before that.
    /// </summary>
    public const MethodImplOptions FullyOptimized = MethodImplOptions.AggressiveOptimization;
}
