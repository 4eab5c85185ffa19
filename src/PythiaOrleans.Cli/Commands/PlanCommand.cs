using System.CommandLine;
using System.Globalization;
using PythiaOrleans.Checkpoints.Opening;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cli.Hosting;
using PythiaOrleans.Cli.Options;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Reporting.Seeds;
using PythiaOrleans.Server.Planning;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia plan</c>: what a sweep would read and take, before anything is read.</summary>
internal static class PlanCommand
{
    public static Command Create()
    {
        var options = new SweepOptions();
        var command = new Command(
            "plan", "Say what a sweep would do: shards there and missing, bytes to read, time by estimate. Runs nothing.");
        options.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = options.Read(parsed);
            var catalog = SharedOptions.LoadCatalog(parsed.GetValue(options.Catalog), request.Source, request.Models);
            var store = await StoreAccess.OpenAsync(parsed.GetValue(options.Store)!, cancellationToken);
            var planner = new SweepPlanner(catalog, new CheckpointSources(catalog), store, PluginOption.Load(parsed).Analyses);
            var plan = await planner.PlanAsync(planner.Resolve(request), CostModel.OfThisMachine, cancellationToken);
            Print(plan, parsed.GetValue(options.Json));
            return ExitCode.Done;
        });
        return command;
    }

    private static void Print(SweepPlan plan, bool json)
    {
        var slots = Environment.ProcessorCount;
        if (json)
        {
            Output.Json(new
            {
                sweep = plan.Sweep,
                plan.Shards,
                plan.Done,
                plan.ToRun,
                plan.Bytes,
                coreSeconds = plan.Cost.TotalSeconds,
                estimatedSeconds = plan.Cost.TotalSeconds / slots,
                plan.Models,
                seeds = SeedGroups.Of(plan.Sweep.Models),
                plan.Warnings,
            });
            return;
        }

        var table = new TextTable(
            "model", "shards", "done", "to run", "absent", "bytes to read", "core time");
        foreach (var model in plan.Models)
        {
            table.Add(
                model.Model, Number(model.Shards), Number(model.Done), Number(model.ToRun), Number(model.Absent.Count),
                Output.Bytes(model.Bytes), Output.Duration(model.Cost));
        }

        table.Add(
            "all",
            Number(plan.Shards),
            Number(plan.Done),
            Number(plan.ToRun),
            Number(plan.Models.Sum(model => model.Absent.Count)),
            Output.Bytes(plan.Bytes),
            Output.Duration(plan.Cost));
        table.Print();
        foreach (var warning in plan.Warnings)
        {
            Output.Line($"Warning: {warning}");
        }

        if (SeedGroups.Of(plan.Sweep.Models) is { Count: > 0 } seeds)
        {
            Output.Line($"Seeds: {string.Join(", ", seeds.Select(group => $"{group.Value.Count} runs of {group.Key}"))}");
        }

        Output.Line($"Analyses: {string.Join(", ", plan.Sweep.Analyses.Select(analysis => analysis.Name))}");
        Output.Line($"Estimate on this machine's {slots} cores: {Output.Duration(plan.Cost / slots)}");
    }

    private static string Number(int value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
