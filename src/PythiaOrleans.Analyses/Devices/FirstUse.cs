using System.Reflection;
using System.Runtime.CompilerServices;
using PythiaOrleans.Numerics.Lanes;

namespace PythiaOrleans.Analyses.Devices;

/// <summary>What the first checkpoint would wait for: kernels are compiled, fully optimised, when they are first called.</summary>
public static class FirstUse
{
    private const BindingFlags Every =
        BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>Compiles every kernel that is not generic: other code is compiled ahead, or badly at first.</summary>
    /// <returns>How many there are.</returns>
    public static int CompileKernels()
    {
        var kernels = new[] { typeof(Lane).Assembly, typeof(FirstUse).Assembly }
            .SelectMany(assembly => assembly.GetTypes())
            .Where(type => !type.ContainsGenericParameters)
            .SelectMany(type => type.GetMethods(Every))
            .Where(method => method.MethodImplementationFlags.HasFlag(MethodImplAttributes.AggressiveOptimization)
                && !method.ContainsGenericParameters)
            .ToArray();
        Array.ForEach(kernels, kernel => RuntimeHelpers.PrepareMethod(kernel.MethodHandle));
        return kernels.Length;
    }
}
