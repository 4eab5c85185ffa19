using BenchmarkDotNet.Running;
using PythiaOrleans.Bench;

// dotnet run -c Release --project bench/PythiaOrleans.Bench -- weights [model]     the weight analyses on one real-shaped checkpoint
// dotnet run -c Release --project bench/PythiaOrleans.Bench -- --filter '*'         micro-benchmarks
if (args is ["weights", ..])
{
    WeightSweep.Run(args.Length > 1 ? args[1] : "pythia-160m");
}
else
{
    BenchmarkSwitcher.FromAssembly(typeof(KernelBenchmarks).Assembly).Run(args);
}
