using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Analyses.Tokens;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Analyses.Passes;

/// <summary>An analysis that observes the batch's forward pass: one pass serves all such analyses of a task.</summary>
/// <typeparam name="TRow">A record whose properties are columns.</typeparam>
public abstract class PassAnalysis<TRow> : Analysis<TRow>, IPassAnalysis
    where TRow : notnull
{
    private readonly AnalysisSettings _settings;

    private protected PassAnalysis(AnalysisSettings settings) => _settings = settings;

    TokenBatch IPassAnalysis.Batch => Batch;

    Precision IPassAnalysis.Precision => Precision;

    /// <inheritdoc />
    public sealed override bool UsesDevice => true;

    /// <summary>The tokens.</summary>
    private protected TokenBatch Batch => _settings.Batch;

    /// <summary>In which numbers the model runs.</summary>
    private protected Precision Precision => _settings.Precision;

    /// <summary>What changes every number: the tokens, and the precision where it is not the default.</summary>
    private protected IReadOnlyDictionary<string, string> PassParameters => _settings.Batch.Parameters.With(_settings.Precision);

    /// <inheritdoc />
    public override long DeviceBytes(ModelShape shape, BatchSpec batch, ComputeDevice device)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return PassMemory.Forward(shape, batch.Rows, PassWork.Length(shape, batch), Precision);
    }

    PassObserver IPassAnalysis.Observe(AnalysisInput input, long[][] batch) => CreateObserver(input, batch);

    /// <summary>A new observer, for one pass.</summary>
    private protected abstract RowObserver<TRow> CreateObserver(AnalysisInput input, long[][] batch);

    /// <inheritdoc />
    protected sealed override IEnumerable<TRow> Measure(AnalysisInput input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        return ((RowObserver<TRow>)SharedPass.Observe(this, input, cancellationToken)).Rows(cancellationToken);
    }
}
