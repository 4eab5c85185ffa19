using System.ComponentModel.DataAnnotations;

namespace PythiaOrleans.Server.Configuration;

/// <summary>How fast a dead silo is found. A silo is dead when its neighbours say so.</summary>
public sealed record MembershipOptions
{
    /// <summary>How long a neighbour may take to answer. Default: 3 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Answers that may be missed in a row. Default: 3.</summary>
    [Range(1, 100)]
    public int MissedProbes { get; init; } = 3;

    /// <summary>Neighbours that must agree. Default: 2.</summary>
    [Range(1, 10)]
    public int Votes { get; init; } = 2;

    /// <summary>How often a silo says that it lives, reads the others' word, and looks whether the table still knows it. Default: 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.5", "00:05:00")]
    public TimeSpan Refresh { get; init; } = TimeSpan.FromSeconds(5);
}
