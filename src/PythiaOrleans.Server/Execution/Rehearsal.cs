using PythiaOrleans.Analyses;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.Tokens;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Server.Devices;
using PythiaOrleans.Server.Planning;

namespace PythiaOrleans.Server.Execution;

/// <summary>
/// A sweep's analyses once through, on a few random weights, on a thread of its own while the silo starts: what the first checkpoint would
/// wait for is compiled then, and libtorch is loaded where one of them needs it.
/// </summary>
/// <remarks>Nothing is kept, and no failure is told: the first task that computes tells of it. Plugins do not take part.</remarks>
public sealed class Rehearsal : IDisposable
{
    // Of a core. What takes longer on these weights would hold up the first task.
    private const double MostSeconds = 0.3;

    // Of the tokens.
    private const int Rows = 2;
    private const int Length = 16;

    private static readonly ModelShape Shape = new()
    {
        ModelType = "gpt_neox",
        Blocks = 2,
        HiddenSize = 32,
        Heads = 2,
        IntermediateSize = 128,
        VocabularyRows = 300,
    };

    private readonly CancellationTokenSource _end = new();
    private readonly Thread _thread;

    private Rehearsal(SweepSpec sweep, string device)
    {
        _thread = new Thread(() => Run(sweep, device)) { Name = "rehearsal", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Whether it has not ended.</summary>
    internal bool IsRunning => _thread.IsAlive;

    /// <summary>Begins; returns at once.</summary>
    /// <param name="sweep">Whose analyses are rehearsed.</param>
    /// <param name="device">The setting <c>Worker:Device</c> of the silo that starts.</param>
    public static Rehearsal Begin(SweepSpec sweep, string device) => new(sweep, device);

    /// <summary>Ends it, after the analysis that is being rehearsed: a process must not exit while it loads libtorch.</summary>
    public void Dispose()
    {
        _end.Cancel();
        _thread.Join();
        _end.Dispose();
    }

    /// <summary>Runs the sweep's analyses on random weights, and writes and reads their tables.</summary>
    /// <returns>Each analysis that was tried, and its rows; null where it failed.</returns>
    internal static IEnumerable<(string Analysis, int? Rows)> RunAll(SweepSpec sweep, CancellationToken cancellationToken)
    {
        var batch = TokenBatch.OfIds([.. Enumerable.Range(0, Rows * Length)], Rows, Length);
        using var checkpoint = InMemoryCheckpoint.CreateRandom(Shape, seed: 1);
        var bytes = checkpoint.Parameters.Sum(parameter => parameter.Tensor.ByteLength);
        var names = sweep.Analyses.Select(analysis => analysis.Name).ToHashSet(StringComparer.Ordinal);
        IAnalysis[] analyses =
        [
            .. AnalysisRegistry.BuiltIn.Create(AnalysisSettings.FromSweep(sweep) with { Batch = batch })
                .Where(analysis => names.Contains(analysis.Description.Name))
                .Where(analysis => CostModel.OfReference.SecondsOf(analysis.Estimate(Shape, batch.Spec, bytes)) <= MostSeconds)
                .OrderBy(analysis => analysis.Description.Order),
        ];
        var model = new ModelEntry { Name = checkpoint.Id.Model, Shape = Shape, Steps = [0], TokenCount = Shape.VocabularyRows };
        var input = new AnalysisInput(checkpoint, checkpoint, checkpoint, model) { Device = ComputeDevice.Cpu, Analyses = analyses };
        foreach (var analysis in analyses)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                yield break;
            }

            yield return (analysis.Description.Name, TryRun(analysis, input, cancellationToken));
        }
    }

    private static int? TryRun(IAnalysis analysis, AnalysisInput input, CancellationToken cancellationToken)
    {
        try
        {
            var table = analysis.Run(input, cancellationToken);
            var bytes = ResultParquet.WriteAsync(table, new Dictionary<string, string>(), cancellationToken).GetAwaiter().GetResult();
            return ResultParquet.ReadAsync(bytes, cancellationToken).GetAwaiter().GetResult().Table.Count;
        }
        catch (Exception)
        {
            return null;
        }
    }

    private void Run(SweepSpec sweep, string device)
    {
        try
        {
            // GPUs are looked for first: libtorch that went backward on a processor before CUDA was loaded finds none ever after.
            _ = DeviceChoice.Devices(device);
            FirstUse.CompileKernels();
            _ = RunAll(sweep, _end.Token).Count();
        }
        catch (Exception)
        {
        }
    }
}
