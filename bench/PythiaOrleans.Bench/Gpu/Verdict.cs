namespace PythiaOrleans.Bench.Gpu;

/// <summary>How a stage ended.</summary>
internal enum Verdict
{
    /// <summary>All that it asked was answered as expected.</summary>
    Passed,

    /// <summary>Something differed from what was expected; the failures say what.</summary>
    Failed,

    /// <summary>A signal ended its process: native code crashed.</summary>
    Crashed,

    /// <summary>Its time was over; what it had found until then is in the report.</summary>
    OutOfTime,

    /// <summary>It has nothing to do on this machine; a fact says why.</summary>
    Skipped,
}
