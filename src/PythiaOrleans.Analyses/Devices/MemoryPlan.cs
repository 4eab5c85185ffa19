namespace PythiaOrleans.Analyses.Devices;

/// <summary>How much memory an analysis may take for its speed.</summary>
public enum MemoryPlan
{
    /// <summary>The whole batch at once, everything on the device, as many threads as the device likes.</summary>
    Full,

    /// <summary>
    /// Row by row, one thread; residual streams wait on the host, and each block runs again in the backward pass. For what does not fit
    /// otherwise.
    /// </summary>
    Small,
}
