using System.Diagnostics;
using System.Globalization;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Telemetry;

/// <summary>Publishes one coordinator's counts in the gauges, a few times a minute.</summary>
internal sealed class SweepView
{
    private static readonly TimeSpan ShowEvery = TimeSpan.FromSeconds(2);

    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly SweepPace _pace = new();
    private TimeSpan _shownAt = TimeSpan.MinValue;
    private SweepState _shownState;

    /// <param name="machine">The sweep's books.</param>
    /// <param name="costOf">What a shard of a model costs, in any unit.</param>
    public void Publish(SweepMachine machine, Func<string, long> costOf)
    {
        var (spec, counts, state, running) = (machine.Spec, machine.Counts, machine.State, machine.Running);
        var now = Stopwatch.GetElapsedTime(_started);
        if (spec is null || counts is null || (state == _shownState && now - _shownAt < ShowEvery))
        {
            return;
        }

        (_shownAt, _shownState) = (now, state);
        var models = counts.ByModel().ToArray();
        if (state is SweepState.Running)
        {
            _pace.Note(now, models.Sum(model => (double)model.Done * costOf(model.Model)));
        }

        var remaining = state is SweepState.Planning or SweepState.Paused ? null
            : _pace.RemainingSeconds(models.Sum(model => (double)model.Open * costOf(model.Model)));
        SweepGauges.OfProcess.Show(new SweepSnapshot(
            spec.Name, state, running, remaining,
            [.. models.SelectMany(model => new ShardCount[]
            {
                new(model.Model, "done", model.Done), new(model.Model, "quarantined", model.Quarantined),
                    new(model.Model, "cancelled", model.Cancelled), new(model.Model, "open", model.Open),
            })],
            [.. spec.Models.SelectMany(model => PartsOf(spec, model, counts))],
            machine.Problem is not null, machine.DelayedShards));
    }

    private static IEnumerable<PartDone> PartsOf(SweepSpec spec, string model, SweepCounts counts)
    {
        foreach (var steps in spec.Steps.Chunk(Math.Max(1, (spec.Steps.Count + SweepGauges.Parts - 1) / SweepGauges.Parts)))
        {
            yield return new PartDone(model, $"{Step(steps[0])}-{Step(steps[^1])}", counts.DoneOf(model, steps) / (double)steps.Length);
        }
    }

    private static string Step(int step) => step.ToString("D6", CultureInfo.InvariantCulture);
}
