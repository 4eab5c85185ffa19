using Orleans.Concurrency;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Placement;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Grains;

/// <summary>Writes one series: never two writes at a time, never on the grain's own scheduler.</summary>
/// <remarks>Reentrant: a caller that waits for a write must not hold up those that ask for the next one.</remarks>
[ControlSilosFirst]
[Reentrant]
internal sealed class SeriesGrain(ISeriesWriter writer, TimeProvider time) : Grain, ISeriesGrain
{
    // Shorter than any response timeout.
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(10);

    // One that is nearly written is waited for.
    private static readonly TimeSpan ShortWait = TimeSpan.FromMilliseconds(100);

    // While the sweep runs, at most one part in so many of the time is spent on writing the series.
    private const int Effort = 20;

    private Task? _writing;
    private Task _askedFor = Task.CompletedTask;
    private bool _isAskedAgain;
    private long _writtenAt;
    private TimeSpan _took;

    public Task CompactAsync(SweepSpec sweep, AnalysisId analysis)
    {
        if (_writing is null or { IsCompleted: true })
        {
            _askedFor = _writing = WriteAsync(sweep, analysis);
        }
        else
        {
            _isAskedAgain = true; // results came after the running write listed them
            _askedFor = _writing;
        }

        return Task.CompletedTask;
    }

    public Task FoldAsync(SweepSpec sweep, AnalysisId analysis)
    {
        if (_writing is null || (_writing.IsCompleted && time.GetElapsedTime(_writtenAt) > _took * Effort))
        {
            _writing = WriteAsync(sweep, analysis);
            _writing.Ignore(); // the write at the end says what is wrong
        }

        return Task.CompletedTask;
    }

    public async Task<bool> IsCurrentAsync()
    {
        await Task.WhenAny(_writing ?? Task.CompletedTask, Task.Delay(ShortWait, time));
        return _writing switch
        {
            // An activation that was never asked follows one whose silo died while it wrote.
            null => throw new InvalidDataException(
                $"Series {this.GetPrimaryKeyString()} was not asked for since its silo started; ask again."),
            { IsFaulted: true } => throw new InvalidDataException(
                $"Series {this.GetPrimaryKeyString()} could not be written: {_writing.Exception!.InnerException!.Message}"),
            _ => _writing.IsCompleted,
        };
    }

    public async Task<bool> RefreshAsync(SweepSpec sweep, AnalysisId analysis)
    {
        await CompactAsync(sweep, analysis);
        await Task.WhenAny(_askedFor, Task.Delay(MaxWait, time));
        return await IsCurrentAsync();
    }

    private async Task WriteAsync(SweepSpec sweep, AnalysisId analysis)
    {
        do
        {
            _isAskedAgain = false;
            var started = time.GetTimestamp();
            try
            {
                await Task.Run(() => writer.CompactAsync(sweep, analysis, CancellationToken.None));
            }
            finally
            {
                (_writtenAt, _took) = (time.GetTimestamp(), time.GetElapsedTime(started));
            }
        }
        while (_isAskedAgain);
    }
}
