using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Analyses;

/// <summary>One measurement of one checkpoint. Everything else (registration, help, series, report) follows from <see cref="Description"/>.</summary>
public interface IAnalysis
{
    /// <summary>What the analysis says of itself.</summary>
    AnalysisDescription Description { get; }

    /// <summary>Which other checkpoints it reads beside the one it measures.</summary>
    RequiredCheckpoints RequiredCheckpoints { get; }

    /// <summary>Whether it computes on the task's device. Others count values on the host, with the same bytes wherever they run.</summary>
    bool UsesDevice => false;

    /// <summary>Columns that its series has beyond those of its tables; null where there are none.</summary>
    IDerivedColumns? DerivedColumns => null;

    /// <summary>Measures. Synchronous: it runs on the slot's own device thread.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled; checked between parameters.</exception>
    ResultTable Run(AnalysisInput input, CancellationToken cancellationToken);
}

/// <summary>Other checkpoints of the same model that an analysis reads.</summary>
[Flags]
public enum RequiredCheckpoints
{
    /// <summary>Only the checkpoint itself.</summary>
    None = 0,

    /// <summary>The reference checkpoint, usually step 0.</summary>
    Reference = 1,

    /// <summary>The checkpoint one stride before, where there is one.</summary>
    Previous = 2,
}
