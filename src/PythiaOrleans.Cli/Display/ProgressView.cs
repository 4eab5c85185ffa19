using System.Globalization;
using PythiaOrleans.Cluster.Contracts;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace PythiaOrleans.Cli.Display;

/// <summary>One sweep's progress: a live table on a terminal, a plain line every few seconds elsewhere.</summary>
/// <param name="time">The clock.</param>
/// <param name="costs">What one shard of a model takes, in any unit, so that the time left is that of the work and not of the count; a
/// model that is not there counts as 1.</param>
internal sealed class ProgressView(TimeProvider time, IReadOnlyDictionary<string, double>? costs = null)
{
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    private readonly long _started = time.GetTimestamp();
    private double? _workAtStart;
    private int? _doneAtStart;

    /// <summary>Shows progress until the sweep has ended.</summary>
    /// <param name="ask">Asks where the sweep stands.</param>
    /// <param name="hasEnded">Whether there is nothing more to wait for.</param>
    /// <param name="cancellationToken">Ends the view, not the sweep.</param>
    public async Task<SweepProgress> FollowAsync(
        Func<Task<SweepProgress>> ask, Func<SweepProgress, bool> hasEnded, CancellationToken cancellationToken)
    {
        var progress = await ask();
        if (!Output.Progress.Profile.Capabilities.Interactive)
        {
            return await FollowInLinesAsync(progress, ask, hasEnded, cancellationToken);
        }

        await Output.Progress.Live(Render(progress)).StartAsync(async live =>
        {
            while (!hasEnded(progress))
            {
                await Task.Delay(Pause(), time, cancellationToken);
                progress = await ask();
                live.UpdateTarget(Render(progress));
            }
        });
        return progress;
    }

    /// <summary>Until the sweep is asked again: a sweep of a second is not waited for half a second longer than it takes.</summary>
    internal TimeSpan Pause()
    {
        var share = time.GetElapsedTime(_started) / 10;
        return share < LeastPause ? LeastPause : share > LongestPause ? LongestPause : share;
    }

    /// <summary>One line: done, rate, time left, failures.</summary>
    public string Line(SweepProgress progress)
    {
        _doneAtStart ??= progress.Done;
        _workAtStart ??= progress.Models.Sum(model => model.Done * Cost(model.Model));
        var seconds = Math.Max(time.GetElapsedTime(_started).TotalSeconds, 1e-3);
        var rate = (progress.Done - _doneAtStart.Value) / seconds;
        var speed = (progress.Models.Sum(model => model.Done * Cost(model.Model)) - _workAtStart.Value) / seconds;
        var left = progress.Cancelled > 0
            ? 0 : progress.Models.Sum(model => (model.Total - model.Done - model.Quarantined) * Cost(model.Model));
        var eta = speed > 0 && left > 0 ? $", about {Output.Duration(TimeSpan.FromSeconds(left / speed))} left" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{progress.State}: {progress.Done} of {progress.Total} shards, {rate:0.0}/s{eta}, {progress.Running} running, "
                + $"{progress.Quarantined} failed{(progress.Delayed is { } delayed ? $". {delayed}" : "")}");
    }

    private double Cost(string model) => costs?.GetValueOrDefault(model, 1) ?? 1;

    private async Task<SweepProgress> FollowInLinesAsync(
        SweepProgress progress, Func<Task<SweepProgress>> ask, Func<SweepProgress, bool> hasEnded, CancellationToken cancellationToken)
    {
        var lastLine = time.GetTimestamp();
        Output.Note(Line(progress));
        while (!hasEnded(progress))
        {
            await Task.Delay(Pause(), time, cancellationToken);
            progress = await ask();
            if (time.GetElapsedTime(lastLine) >= LineEvery)
            {
                lastLine = time.GetTimestamp();
                Output.Note(Line(progress));
            }
        }

        return progress;
    }

    private Rows Render(SweepProgress progress)
    {
        var rows = new List<IRenderable> { new Text(Line(progress)), Bar("all", progress.Done, progress.Total, progress.Quarantined) };
        rows.AddRange(progress.Models.Select(model => Bar(model.Model, model.Done, model.Total, model.Quarantined)));
        return new Rows(rows);
    }

    private static Markup Bar(string name, int done, int total, int failed)
    {
        const int width = 40;
        var filled = total == 0 ? width : (int)((long)width * done / total);
        var broken = failed == 0 ? 0 : Math.Min(width - filled, Math.Max(1, (int)((long)width * failed / total)));
        return new Markup(string.Create(
            CultureInfo.InvariantCulture,
            $"{Markup.Escape(name),-24} "
                + $"[green]{new string('█', filled)}[/][red]{new string('█', broken)}[/]"
                + $"[grey]{new string('░', width - filled - broken)}[/] {done,6} / {total}"));
    }
}
