using System.Runtime.CompilerServices;

namespace PythiaOrleans.Analyses;

/// <summary>How kernels are compiled.</summary>
internal static class Compiled
{
    /// <summary>
    /// At their best, the first time they are called. .NET else begins with code that is up to ten times slower and improves what it sees often: a process that measures one checkpoint
    /// would be done before that.
    /// </summary>
    public const MethodImplOptions AtOnce = MethodImplOptions.AggressiveOptimization;
}
