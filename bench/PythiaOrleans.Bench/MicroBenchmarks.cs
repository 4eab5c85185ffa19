using BenchmarkDotNet.Running;

namespace PythiaOrleans.Bench;

/// <summary>Apart from the other commands, which the GPU kit carries without BenchmarkDotNet.</summary>
internal static class MicroBenchmarks
{
    public static void Run(string[] args) => BenchmarkSwitcher.FromAssembly(typeof(MicroBenchmarks).Assembly).Run(args);
}
