namespace PythiaOrleans.Core.Sweeps;

/// <summary>Whether a sweep is to run.</summary>
public enum SweepOrderKind
{
    /// <summary>It runs, or has ended by itself.</summary>
    Running,

    /// <summary>No task is handed out until a user resumes it.</summary>
    Paused,

    /// <summary>No task is handed out until a user starts or resumes it; what was open was dropped.</summary>
    Cancelled,
}
