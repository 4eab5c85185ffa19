using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Reporting.Verification;

/// <summary>What <see cref="SweepVerifier"/> found.</summary>
/// <param name="Sweep">The sweep's name.</param>
/// <param name="Expected">Results that the sweep asks for.</param>
/// <param name="Sound">Results that are there, readable, and what their records say.</param>
/// <param name="Missing">Keys without a result.</param>
/// <param name="Damaged">What is wrong with those that are there, and with series; each names its file and what to do.</param>
/// <param name="Unrecorded">Results without a record beside them: their bytes could not be compared with anything.</param>
/// <param name="PutAside">What was wrong with results that were put aside; they are among the missing ones now.</param>
public sealed record VerificationReport(
    string Sweep,
    int Expected,
    int Sound,
    IReadOnlyList<ResultKey> Missing,
    IReadOnlyList<string> Damaged,
    int Unrecorded,
    IReadOnlyList<string> PutAside)
{
    /// <summary>What is readable and yet to be known: checkpoints of which some results were made from other bytes than others.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Whether nothing is missing and nothing is wrong.</summary>
    public bool IsComplete => Missing.Count == 0 && Damaged.Count == 0;
}
