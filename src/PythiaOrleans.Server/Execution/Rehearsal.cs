using System.Runtime.InteropServices;
using System.Security.Cryptography;
using PythiaOrleans.Analyses;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.Tokens;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Server.Execution;

/// <summary>
/// A sweep's analyses once through, on a few random weights, on a thread of its own while the silo starts: what the first checkpoint would
/// wait for is compiled then, and libtorch is loaded where one of them needs it.
/// </summary>
/// <remarks>Nothing is kept, and no failure is told: the first task that computes tells of it. Plugins do not take part.</remarks>
public sealed class Rehearsal : IDisposable
{
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

    private Rehearsal(SweepSpec sweep)
    {
        _thread = new Thread(() => Run(sweep)) { Name = "rehearsal", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Whether it has not ended.</summary>
    internal bool IsRunning => _thread.IsAlive;

    /// <summary>Begins; returns at once.</summary>
    public static Rehearsal Begin(SweepSpec sweep) => new(sweep);

    /// <summary>Ends it, after the analysis that is being rehearsed: a process must not exit while it loads libtorch.</summary>
    public void Dispose()
    {
        _end.Cancel();
        _thread.Join();
        _end.Dispose();
    }

    /// <summary>Runs the sweep's analyses on random weights, and writes and reads their tables.</summary>
    /// <returns>The names of those that ran to their end, each when it has.</returns>
    internal static IEnumerable<string> RunAll(SweepSpec sweep, CancellationToken cancellationToken)
    {
        var names = sweep.Analyses.Select(analysis => analysis.Name).ToHashSet(StringComparer.Ordinal);
        IAnalysis[] analyses =
        [
            .. AnalysisRegistry.BuiltIn.Create(AnalysisSettings.FromSweep(sweep) with { Batch = FewTokens() })
                .Where(analysis => names.Contains(analysis.Description.Name)).OrderBy(analysis => analysis.Description.Order),
        ];
        using var checkpoint = RandomCheckpoint.Create(Shape, seed: 1);
        var model = new ModelEntry { Name = checkpoint.Id.Model, Shape = Shape, Steps = [0], TokenCount = Shape.VocabularyRows };
        var input = new AnalysisInput(checkpoint, checkpoint, null, model) { Device = ComputeDevice.Parse("cpu"), Analyses = analyses };
        foreach (var analysis in analyses.Where(analysis => Succeeds(() => Run(analysis, input, cancellationToken))))
        {
            yield return analysis.Description.Name;
        }
    }

    private static void Run(IAnalysis analysis, AnalysisInput input, CancellationToken cancellationToken)
    {
        var table = analysis.Run(input, cancellationToken);
        var bytes = ResultParquet.WriteAsync(table, new Dictionary<string, string>(), cancellationToken).GetAwaiter().GetResult();
        _ = ResultParquet.ReadAsync(bytes, cancellationToken).GetAwaiter().GetResult();
    }

    private static bool Succeeds(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }

    private void Run(SweepSpec sweep) => Succeeds(() =>
    {
        FirstUse.CompileKernels();
        _ = RunAll(sweep, _end.Token).TakeWhile(_ => !_end.IsCancellationRequested).Count();
    });

    private static TokenBatch FewTokens()
    {
        const int rows = 2, length = 16;
        var content = MemoryMarshal.AsBytes(Enumerable.Range(0, rows * length).ToArray().AsSpan()).ToArray();
        return new TokenBatch(
            new BatchSpec(BatchSpec.Ids, Convert.ToHexStringLower(SHA256.HashData(content)), rows, length, 0), content);
    }
}
