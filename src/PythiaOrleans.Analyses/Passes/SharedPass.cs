using System.Runtime.ExceptionServices;
using PythiaOrleans.Analyses.Models;

namespace PythiaOrleans.Analyses.Passes;

/// <summary>The forward pass of a task: the first analysis that needs it runs it for all that observe one.</summary>
internal sealed class SharedPass
{
    private Dictionary<IPassAnalysis, PassObserver>? _observers;
    private ExceptionDispatchInfo? _failure;

    private SharedPass()
    {
    }

    /// <summary>An analysis's observer, after the pass.</summary>
    /// <exception cref="NotSupportedException">No forward pass of this family is known.</exception>
    public static PassObserver Observe(IPassAnalysis analysis, AnalysisInput input, CancellationToken cancellationToken)
    {
        ForwardPasses.Check(input.Checkpoint.Shape);
        var observer = input.Analyses.Contains(analysis)
            ? input.Share(() => new SharedPass()).Find(analysis, input, cancellationToken)
            : Run([analysis], input, cancellationToken)[analysis];
        observer.Failure?.Throw();
        return observer;
    }

    private PassObserver Find(IPassAnalysis analysis, AnalysisInput input, CancellationToken cancellationToken)
    {
        _failure?.Throw(); // the same would fail again
        try
        {
            _observers ??= Run([.. input.Analyses.OfType<IPassAnalysis>()], input, cancellationToken);
            return _observers[analysis];
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            _failure = ExceptionDispatchInfo.Capture(error);
            throw;
        }
    }

    // All analyses of a task have its sweep's tokens and precision.
    private static Dictionary<IPassAnalysis, PassObserver> Run(
        IReadOnlyList<IPassAnalysis> analyses, AnalysisInput input, CancellationToken cancellationToken)
    {
        var batch = analyses[0].Batch.RowsFor(input.Checkpoint);
        var plan = PassPlan.Forward(input, analyses[0].Precision);
        var observers = analyses.ToDictionary(analysis => analysis, analysis => analysis.Observe(input, batch));
        new ObservedPass(input.Checkpoint, plan, [.. observers.Values], cancellationToken).Run(batch);
        return observers;
    }
}
