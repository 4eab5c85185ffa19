using System.CommandLine;
using System.Globalization;
using PythiaOrleans.Checkpoints.Cache;
using PythiaOrleans.Checkpoints.Sources.Hub;
using PythiaOrleans.Cli.Display;
using Spectre.Console;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia cache</c>: what the hub's cache holds, whether it is whole, and making room.</summary>
internal static class CacheCommand
{
    private static readonly Option<string?> Folder = new("--cache")
    {
        Description = "The cache's folder. Default: $HF_HUB_CACHE, else $HF_HOME/hub, else ~/.cache/huggingface/hub.",
        HelpName = "folder",
        Recursive = true,
    };

    private static readonly Option<bool> Json = new("--json")
    {
        Description = "Print one JSON document on standard output.",
        Recursive = true,
    };

    public static Command Create() => new("cache", "Look after the files that came from the hub.")
    {
        Folder,
        Json,
        List(),
        Verify(),
        Repair(),
        Prune(),
    };

    private static Command List()
    {
        var command = new Command("ls", "List files, the last used first.");
        command.SetAction(parsed =>
        {
            var entries = Open(parsed).List();
            if (parsed.GetValue(Json))
            {
                Output.Json(entries);
                return ExitCode.Done;
            }

            var table = new Table().Border(TableBorder.Simple).AddColumns("repository", "file", "bytes", "last used", "state");
            foreach (var entry in entries)
            {
                table.AddRow(
                    new Text(entry.Repository),
                    new Text(Shorten(entry)),
                    new Text(Output.Bytes(entry.Bytes)),
                    new Text(entry.LastUsed.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)),
                    new Text(State(entry)));
            }

            Output.Out.Write(table);
            Output.Line(
                $"{entries.Count} files, {Output.Bytes(entries.Sum(entry => entry.Bytes))}, of which pythia fetched "
                    + $"{Output.Bytes(entries.Where(entry => entry.Own).Sum(entry => entry.Bytes))}.");
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Verify()
    {
        var command = new Command("verify", "Compare every file with its digest; changes nothing. Exit code 1 where something is damaged.");
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                var damage = Open(parsed).Verify(cancellationToken);
                Report(
                    parsed,
                    damage,
                    "whole: nothing is damaged",
                    "damaged; `pythia cache repair` removes them, the next sweep fetches them again");
                return damage.Count == 0 ? ExitCode.Done : ExitCode.Failed;
            },
            cancellationToken));
        return command;
    }

    private static Command Repair()
    {
        var command = new Command("repair", "Remove what `verify` finds and no process is reading; the next sweep fetches it again.");
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                Report(parsed, Open(parsed).Repair(cancellationToken), "whole: nothing to remove", "removed");
                return ExitCode.Done;
            },
            cancellationToken));
        return command;
    }

    private static Command Prune()
    {
        var keep = new Option<string>("--keep", "-k")
        {
            Description = "What may stay: 0, 500MB, 200GB. Default: 0.",
            DefaultValueFactory = _ => "0",
        };
        var command = new Command(
            "prune", "Remove what pythia fetched, the files used longest ago first. Files in use and those of other tools stay.") { keep };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var left = await Open(parsed).PruneAsync(ByteCount.Parse(parsed.GetValue(keep)!), cancellationToken);
            if (parsed.GetValue(Json))
            {
                Output.Json(new { bytesLeft = left });
            }
            else
            {
                Output.Line($"{Output.Bytes(left)} of what pythia fetched are left.");
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static CheckpointCache Open(ParseResult parsed) => new(parsed.GetValue(Folder) ?? HubOptions.FromEnvironment().CacheFolder);

    private static void Report(ParseResult parsed, IReadOnlyList<CacheDamage> damage, string none, string some)
    {
        if (parsed.GetValue(Json))
        {
            Output.Json(damage);
            return;
        }

        foreach (var one in damage)
        {
            Output.Line($"{one.Path}: {one.Problem}");
        }

        Output.Line(damage.Count == 0 ? $"The cache is {none}." : $"{damage.Count} {some}.");
    }

    private static string Shorten(CacheEntry entry) => entry.Names.Count switch
    {
        0 => entry.Id,
        1 => entry.Names[0],
        var count => $"{entry.Names[0]} and {count - 1} more",
    };

    private static string State(CacheEntry entry) =>
        (entry.Complete ? "" : "partial, ") + (entry.InUse ? "in use" : entry.Own ? "free" : "other tool's");
}
