using System.Diagnostics;

namespace PythiaOrleans.Bench.Gpu;

/// <summary>The command line of the kit as processes.</summary>
internal static class Programs
{
    /// <summary>Starts <c>pythia</c>; what it prints goes where this process prints.</summary>
    public static Process Start(params string[] arguments) => Process.Start(
        new ProcessStartInfo(Environment.ProcessPath!, [Path.Combine(AppContext.BaseDirectory, "pythia.dll"), .. arguments]))!;

    /// <summary>Runs <c>pythia</c> to its end.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static void Run(params string[] arguments)
    {
        using var process = Start(arguments);
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"'pythia {string.Join(' ', arguments)}' ended with exit code {process.ExitCode}.");
        }
    }
}
