namespace PythiaOrleans.Checkpoints.Census;

/// <summary>Fetches bytes of one file.</summary>
/// <param name="start">Where the first of them is.</param>
/// <param name="count">How many; fewer come at the file's end.</param>
internal delegate Task<byte[]> RangeReader(long start, int count);
