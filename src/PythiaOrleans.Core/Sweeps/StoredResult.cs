using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Core.Sweeps;

/// <summary>A result as it was read back and compared with its record.</summary>
/// <param name="Key">Whose result it should be.</param>
/// <param name="Content">The file's bytes.</param>
/// <param name="Table">The table; null where the file is damaged.</param>
/// <param name="Record">The record beside it; null where there is none.</param>
/// <param name="Damage">What is wrong with it: the file, what was expected, what was found. Null where nothing is.</param>
public sealed record StoredResult(ResultKey Key, byte[] Content, ResultTable? Table, RunRecord? Record, string? Damage)
{
    /// <summary>The digest of the checkpoint's values that were measured; null where the file is damaged, or does not say.</summary>
    public string? CheckpointDigest { get; init; }
}
