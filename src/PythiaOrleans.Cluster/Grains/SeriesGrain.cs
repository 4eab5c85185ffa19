using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Placement;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Grains;

/// <summary>Writes one series when asked, never two writes at a time, never on the grain's own scheduler.</summary>
[ControlSilosFirst]
internal sealed class SeriesGrain(ISeriesWriter writer) : Grain, ISeriesGrain
{
    private Task? _writing;
    private bool _askedAgain;

    public Task CompactAsync(SweepSpec sweep, AnalysisId analysis)
    {
        if (_writing is null or { IsCompleted: true })
        {
            _writing = WriteAsync(sweep, analysis);
        }
        else
        {
            _askedAgain = true; // results came after the running write listed them
        }

        return Task.CompletedTask;
    }

    public Task<bool> IsCurrentAsync() => _writing switch
    {
        // An activation that was never asked follows one whose silo died while it wrote.
        null => Task.FromException<bool>(new InvalidDataException($"Series {this.GetPrimaryKeyString()} was not asked for since its silo started; ask again.")),
        { IsFaulted: true } => Task.FromException<bool>(
            new InvalidDataException($"Series {this.GetPrimaryKeyString()} could not be written: {_writing.Exception!.InnerException!.Message}")),
        _ => Task.FromResult(_writing.IsCompleted),
    };

    private async Task WriteAsync(SweepSpec sweep, AnalysisId analysis)
    {
        do
        {
            _askedAgain = false;
            await Task.Run(() => writer.CompactAsync(sweep, analysis, CancellationToken.None));
        }
        while (_askedAgain);
    }
}
