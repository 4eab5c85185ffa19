using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Server.Execution;

/// <summary>
/// This silo cannot compute an analysis that a sweep asks for. Another silo may: it has the plugin, or the version that planned the sweep.
/// </summary>
/// <param name="sweep">The sweep's name.</param>
/// <param name="unknown">What it asks for.</param>
/// <param name="known">What this silo computes.</param>
public sealed class UnknownAnalysisException(string sweep, IEnumerable<AnalysisId> unknown, IEnumerable<AnalysisId> known)
    : Exception(
        $"Sweep '{sweep}' asks for {string.Join(", ", unknown)}, "
        + $"which silo {Environment.MachineName} (version {ShardRunner.SoftwareVersion}) does not compute; "
        + $"it knows {string.Join(", ", known)}. "
        + "Give every worker the plugin (--plugin, option Plugins) or the version that planned the sweep, "
        + "or start the sweep again under a new name.");
