using System.CommandLine;
using System.Globalization;
using PythiaOrleans.Checkpoints.Cache;
using PythiaOrleans.Checkpoints.Sources.Hub;
using PythiaOrleans.Cli.Display;

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

            Show(entries);
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
            Description = "What may stay: 0, 500MB, 200GB.",
            DefaultValueFactory = _ => "0",
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "List what would be removed, and remove nothing." };
        var yes = new Option<bool>("--yes", "-y") { Description = "Remove without a question." };
        var command = new Command(
            "prune", "Remove what pythia fetched, the files used longest ago first. Files in use and those of other tools stay.")
        {
            keep, dryRun, yes,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var cache = Open(parsed);
            var most = ByteCount.Parse(parsed.GetValue(keep)!);
            var removed = cache.ListPrunable(most);
            if (parsed.GetValue(dryRun))
            {
                ShowPlan(parsed, removed);
                return ExitCode.Done;
            }

            if (removed.Count > 0 && !Confirmation.Ask(
                $"Remove {removed.Count} files, {Output.Bytes(removed.Sum(entry => entry.Bytes))}? They can be fetched again.",
                parsed.GetValue(yes)))
            {
                Output.Note("Nothing was removed.");
                return ExitCode.Done;
            }

            var left = await cache.PruneAsync(most, cancellationToken);
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

    private static void ShowPlan(ParseResult parsed, IReadOnlyList<CacheEntry> removed)
    {
        if (parsed.GetValue(Json))
        {
            Output.Json(removed);
            return;
        }

        Show(removed);
        Output.Line($"{removed.Count} files, {Output.Bytes(removed.Sum(entry => entry.Bytes))}, would be removed.");
    }

    private static void Show(IReadOnlyList<CacheEntry> entries)
    {
        var table = new TextTable("repository", "file", "bytes", "last used", "state");
        foreach (var entry in entries)
        {
            table.Add(
                entry.Repository, Shorten(entry), Output.Bytes(entry.Bytes),
                entry.LastUsed.UtcDateTime.ToString("u", CultureInfo.InvariantCulture), State(entry));
        }

        table.Print();
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
