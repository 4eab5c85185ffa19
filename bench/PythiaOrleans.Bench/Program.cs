using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Bench;
using PythiaOrleans.Bench.Scale;

// dotnet run -c Release --project bench/PythiaOrleans.Bench -- weights [model]     the weight analyses on one real-shaped checkpoint
// dotnet run -c Release --project bench/PythiaOrleans.Bench -- activations [model] [forward|together] what statistics add to bare passes
// dotnet run -c Release --project bench/PythiaOrleans.Bench -- growth              memory over 200 checkpoints
// dotnet run -c Release --project bench/PythiaOrleans.Bench -- dispatch [tasks]    tasks a second that compute nothing, and their latency
// dotnet run -c Release --project bench/PythiaOrleans.Bench -- scale [shards]      a sweep of a million shards that compute nothing
// dotnet run -c Release --project bench/PythiaOrleans.Bench -- simulate            a sweep on up to 4,096 GPUs, in simulated time
// dotnet run -c Release --project bench/PythiaOrleans.Bench -- roofline            what bounds each analysis, here and on a cluster
// dotnet run -c Release --project bench/PythiaOrleans.Bench -- costs [models]      what analyses take beside what a plan says, minutes
// dotnet run -c Release --project bench/PythiaOrleans.Bench -- gpu ...             what scripts/gpu-kit.sh packs: docs/gpu.md
// dotnet run -c Release --project bench/PythiaOrleans.Bench -- --filter '*'         micro-benchmarks
FreeMemory.ShareArenas(); // as the program does
if (args is ["weights", ..])
{
    WeightSweep.Run(args.Length > 1 ? args[1] : "pythia-160m");
}
else if (args is ["activations", ..])
{
    ActivationsBench.Run(args.Length > 1 ? args[1] : "pythia-70m", args.Length > 2 ? args[2] : "");
}
else if (args is ["growth"])
{
    ActivationsBench.Growth();
}
else if (args is ["simulate"])
{
    ScaleTable.Run();
}
else if (args is ["costs", ..])
{
    CostsBench.Run(args.Length > 1 ? args[1..] : ["pythia-14m", "pythia-70m", "pythia-160m"]);
}
else if (args is ["roofline"])
{
    Roofline.Run();
}
else if (args is ["dispatch" or "scale", ..])
{
    var count = args.Length > 1 ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : (int?)null;
    await (args[0] == "scale" ? DispatchBench.ScaleAsync(count ?? 1_000_000) : DispatchBench.ThroughputAsync(count ?? 10_000));
}
else if (args is ["export", var store, var of, var step, var path])
{
    await Export.RunAsync(store, of, int.Parse(step, System.Globalization.CultureInfo.InvariantCulture), path);
}
else if (args is ["gpu", ..])
{
    return await PythiaOrleans.Bench.Gpu.GpuKit.RunAsync(args[1..]);
}
else
{
    MicroBenchmarks.Run(args);
}

return 0;
