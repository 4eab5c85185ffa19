using System.Reflection;
using System.Runtime.CompilerServices;
using PythiaOrleans.Numerics.Lanes;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Devices;

/// <summary>
/// What the first checkpoint would wait for: kernels, which are compiled, fully optimised, when they are first called, and libtorch, half
/// a gigabyte that is mapped, linked and set up.
/// </summary>
public static class FirstUse
{
    private const int Size = 64;

    private const BindingFlags Every =
        BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>
    /// Makes it ready on a thread of its own, for a program that is about to compute and has a core free until then. Returns at once.
    /// </summary>
    /// <param name="libtorch">Whether libtorch is needed too.</param>
    /// <remarks>A machine where it cannot be loaded hears of it from the first task that computes.</remarks>
    public static void PrepareBeside(bool libtorch) => new Thread(() =>
    {
        try
        {
            CompileKernels();
            if (libtorch)
            {
                // The first product sets up the threads and kernels of its library.
                _ = CoreThreads.One(Multiply, CancellationToken.None);
            }
        }
        catch (Exception)
        {
        }
    })
    { Name = "first use", IsBackground = true }.Start();

    /// <summary>Compiles every kernel that is not generic: other code is compiled ahead, or badly at first.</summary>
    /// <returns>How many there are.</returns>
    internal static int CompileKernels()
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

    private static bool Multiply()
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        _ = zeros([Size, Size]).mm(zeros([Size, Size]));
        return true;
    }
}
