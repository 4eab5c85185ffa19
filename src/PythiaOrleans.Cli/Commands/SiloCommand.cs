using System.CommandLine;
using PythiaOrleans.Checkpoints.Sources;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cli.Options;
using PythiaOrleans.Server.Configuration;
using PythiaOrleans.Server.Hosting;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia silo</c>: one member of a cluster, until it is stopped.</summary>
internal static class SiloCommand
{
    public static Command Create()
    {
        var role = new Option<SiloRole?>("--role")
        {
            Description = "control: coordinators, API and web page; worker: devices; all: both (default).",
        };
        var redis = new Option<string?>("--redis")
        {
            Description = "Redis for membership and reminders, host:port[,password=...], with append-only persistence. Default: a cluster "
                + "of this process alone.",
        };
        var tables = new Option<string?>("--tables")
        {
            Description = "Membership and reminders in tables of the storage account that az:// stores use, instead of Redis: what their "
                + "names begin with, for example pythia.",
            HelpName = "prefix",
        };
        var store = new Option<string?>("--store", "-o")
        {
            Description = "A folder that all silos share, az://container/prefix, or a container's https address. Default: ./pythia-store.",
        };
        var http = new Option<string?>("--http")
        {
            Description = "Address and port of API, web page, metrics and health. Default: 127.0.0.1:8080.",
        };
        var slots = new Option<int?>("--slots")
        {
            Description = "Tasks at the same time on this silo. Default: one for each GPU, or for each core where there is none.",
        };
        var device = SharedOptions.Device();
        var file = new Option<string?>("--config")
        {
            Description = "A JSON file with any of the options of docs/configuration.md.",
            HelpName = "file",
        };
        var set = new Option<string[]>("--set")
        {
            Description = "Any other option by its full name, for example --set Worker:Grace=00:02:00. May be given again.",
            HelpName = "name=value",
            DefaultValueFactory = _ => [],
        };
        var logs = new Option<LogFormat>("--log") { Description = "text (default) or json, to standard error." };
        var command = new Command(
            "silo",
            "Run one silo of a cluster until it is stopped. SIGTERM drains it: running tasks finish within Worker:Grace, waiting ones are "
                + "handed back. "
            + "Options come from --config, then PYTHIA__... in the environment, then here.")
        {
            role, redis, tables, store, http, slots, device, file, set, logs,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            SourceNotices.Reported -= Output.Note; // a silo logs them
            var overrides = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
            foreach (var (name, value) in parsed.GetValue(set)!.Select(Pair))
            {
                overrides[name] = value; // of two for one option the last one counts, as elsewhere on the command line
            }

            Add("Role", parsed.GetValue(role)?.ToString());
            Add("Redis", parsed.GetValue(redis));
            Add("Tables", parsed.GetValue(tables));
            Add("Store", parsed.GetValue(store));
            Add("Http:Address", parsed.GetValue(http));
            Add("Worker:Slots", parsed.GetValue(slots)?.ToString(System.Globalization.CultureInfo.InvariantCulture));
            Add("Worker:Device", parsed.GetValue(device));
            foreach (var (plugin, index) in PluginOption.Load(parsed).Files.Select((plugin, index) => (plugin, index)))
            {
                Add($"Plugins:{index}", plugin);
            }

            var options = SiloConfiguration.Read(parsed.GetValue(file), overrides);
            await using var silo = await SiloHost.StartAsync(
                options, null, parsed.GetValue(logs) == LogFormat.Json ? SiloLogs.Json : SiloLogs.Text, cancellationToken);
            Output.Note(
                $"Silo ({options.Role}) of cluster '{options.ClusterId}' is up. Health, "
                    + $"metrics{(options.Role == SiloRole.Worker ? "" : ", API and web page")}: {silo.HttpAddress}");
            return await silo.WaitForEndAsync(cancellationToken) ? ExitCode.Done : ExitCode.Failed;

            void Add(string name, string? value)
            {
                if (value is not null)
                {
                    overrides[name] = value;
                }
            }
        });
        return command;
    }

    private static KeyValuePair<string, string?> Pair(string text) => text.Split('=', 2) is [{ Length: > 0 } name, var value]
        ? new(name, value)
        : throw new ArgumentException($"--set {text}: expected name=value, for example --set Worker:Grace=00:02:00.");

    private enum LogFormat
    {
        Text,
        Json,
    }
}
