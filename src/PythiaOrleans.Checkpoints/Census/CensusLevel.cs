namespace PythiaOrleans.Checkpoints.Census;

/// <summary>How much a census reads.</summary>
public enum CensusLevel
{
    /// <summary>The names, lengths and digests of files: no weights.</summary>
    Files = 0,

    /// <summary>Also the headers of weight files, 64 rows of the embedding and some norms: kilobytes of each revision.</summary>
    Samples = 1,

    /// <summary>All weights, by what a sweep has measured of them.</summary>
    Weights = 2,
}
