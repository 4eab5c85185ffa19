using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Devices;

/// <summary>libtorch, half a gigabyte that is mapped, linked and set up when it is first used: a third of a second on one core.</summary>
public static class ComputeLibrary
{
    private const int Size = 64;

    /// <summary>
    /// Loads it on a thread of its own, for a program that is about to compute and has a core free until then. Returns at once.
    /// </summary>
    /// <remarks>A machine where it cannot be loaded hears of it from the first task that computes.</remarks>
    public static void LoadBeside() => new Thread(Load) { Name = "libtorch", IsBackground = true }.Start();

    private static void Load()
    {
        try
        {
            // The first product sets up the threads and kernels of its library.
            _ = CoreThreads.One(Multiply, CancellationToken.None);
        }
        catch (Exception)
        {
        }
    }

    private static bool Multiply()
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        _ = zeros([Size, Size]).mm(zeros([Size, Size]));
        return true;
    }
}
