namespace PythiaOrleans.Checkpoints.Formats;

/// <summary>Which way a file is read.</summary>
internal static class ReadModes
{
    /// <summary>
    /// <c>map</c>, <c>copy</c>, or <c>auto</c> (default): files on network file systems are copied, because other machines change them
    /// unseen, and so are files for which there is memory enough, <see cref="CopyLimit"/>.
    /// </summary>
    public const string Variable = "PYTHIA_READ";

    private const long SmallBytes = 128L << 20;

    // A task reads a checkpoint, its reference and the one before.
    private const int FilesOfATask = 3;
    private const int ShareOfMemory = 4;

    /// <summary>
    /// The length in bytes up to which files are copied: at least 128 MiB, and as much as leaves three quarters of the memory free where
    /// each core works on a task of its own.
    /// </summary>
    public static long CopyLimit { get; } = LimitFor(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, Environment.ProcessorCount);

    /// <summary>The mode for a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytes">Its length.</param>
    /// <exception cref="ArgumentException">The variable holds something else.</exception>
    public static ReadMode For(string path, long bytes) => Environment.GetEnvironmentVariable(Variable)?.Trim().ToUpperInvariant() switch
    {
        "MAP" => ReadMode.Map,
        "COPY" => ReadMode.Copy,
        null or "" or "AUTO" => bytes <= CopyLimit || IsOnNetwork(path) ? ReadMode.Copy : ReadMode.Map,
        var other => throw new ArgumentException($"{Variable}: expected auto, map or copy, found '{other}'."),
    };

    internal static long LimitFor(long memoryBytes, int cores) =>
        Math.Max(SmallBytes, memoryBytes / (ShareOfMemory * FilesOfATask * Math.Max(1, cores)));

    private static bool IsOnNetwork(string path)
    {
        try
        {
            var drive = new DriveInfo(Path.GetFullPath(path));
            // Most file systems in user space are remote ones: sshfs, s3fs, gcsfuse, rclone.
            return drive.DriveType == DriveType.Network || drive.DriveFormat.StartsWith("fuse", StringComparison.OrdinalIgnoreCase);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }
}
