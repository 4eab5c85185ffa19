namespace PythiaOrleans.Checkpoints.Formats;

/// <summary>A file that does not hold what it should. Trying again cannot help until the file is repaired.</summary>
/// <param name="file">The file, as the user knows it.</param>
/// <param name="place">Where in it: a tensor's name, a byte offset, a field.</param>
/// <param name="expected">What should be there.</param>
/// <param name="found">What is there.</param>
/// <param name="advice">What to do.</param>
public sealed class CheckpointFormatException(string file, string place, string expected, string found, string advice)
    : Exception($"{file}: {place}: expected {expected}, found {found}. {advice}")
{
    /// <summary>The file, as the user knows it.</summary>
    public string File { get; } = file;

    /// <summary>Where in the file.</summary>
    public string Place { get; } = place;

    /// <summary>What should be there.</summary>
    public string Expected { get; } = expected;

    /// <summary>What is there.</summary>
    public string Found { get; } = found;
}
