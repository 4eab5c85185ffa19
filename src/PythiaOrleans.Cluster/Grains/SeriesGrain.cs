using PythiaOrleans.Checkpoints;
using PythiaOrleans.Results;

namespace PythiaOrleans.Cluster;

/// <summary>Writes one series when asked, never two writes at a time, never on the grain's own scheduler.</summary>
internal sealed class SeriesGrain(SeriesCompactor compactor) : Grain, ISeriesGrain
{
    private Task _writing = Task.CompletedTask;
    private bool _askedAgain;

    public Task CompactAsync(SweepSpec sweep, AnalysisId analysis)
    {
        if (_writing.IsCompleted)
        {
            _writing = WriteAsync(sweep, analysis);
        }
        else
        {
            _askedAgain = true; // results came after the running write listed them
        }

        return Task.CompletedTask;
    }

    public Task<bool> IsCurrentAsync() => _writing.IsFaulted
        ? Task.FromException<bool>(new InvalidDataException($"Series {this.GetPrimaryKeyString()} could not be written: {_writing.Exception!.InnerException!.Message}"))
        : Task.FromResult(_writing.IsCompleted);

    private async Task WriteAsync(SweepSpec sweep, AnalysisId analysis)
    {
        do
        {
            _askedAgain = false;
            await Task.Run(() => compactor.CompactAsync(sweep, analysis, CancellationToken.None));
        }
        while (_askedAgain);
    }
}
