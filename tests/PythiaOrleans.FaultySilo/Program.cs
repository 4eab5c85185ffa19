using Microsoft.Extensions.DependencyInjection;
using PythiaOrleans.Cluster.Workers;
using PythiaOrleans.FaultySilo;
using PythiaOrleans.Server.Configuration;
using PythiaOrleans.Server.Execution;
using PythiaOrleans.Server.Hosting;

// The product's own silo, whose computation obeys the files in PYTHIA_FAULTS. Arguments are options: Role=Worker Redis=127.0.0.1:6379 ...
var options = SiloConfiguration.Read(
    null, args.Select(argument => argument.Split('=', 2)).Select(pair => new KeyValuePair<string, string?>(pair[0], pair[1])));
var faults = new FaultFolder(Environment.GetEnvironmentVariable("PYTHIA_FAULTS")!);
await using var silo = await SiloHost.StartAsync(options, null, SiloLogs.Text, CancellationToken.None, services =>
{
    services.AddSingleton<ShardRunner>();
    services.AddSingleton<IShardRunner>(provider => new FaultyRunner(provider.GetRequiredService<ShardRunner>(), faults));
});
Console.Error.WriteLine($"Silo is up: {silo.HttpAddress}");
return await silo.WaitForEndAsync(CancellationToken.None) ? 0 : 1;
