namespace PythiaOrleans.Checkpoints.Formats;

/// <summary>Which way a file is read.</summary>
internal static class ReadModes
{
    /// <summary>
    /// <c>map</c>, <c>copy</c>, or <c>auto</c> (default): files on network file systems are copied, because other machines change them unseen, and so are
    /// files of up to 128 MiB, which costs next to nothing.
    /// </summary>
    public const string Variable = "PYTHIA_READ";

    private const long SmallBytes = 128L << 20;

    /// <summary>The mode for a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytes">Its length.</param>
    /// <exception cref="ArgumentException">The variable holds something else.</exception>
    public static ReadMode For(string path, long bytes) => Environment.GetEnvironmentVariable(Variable)?.Trim().ToUpperInvariant() switch
    {
        "MAP" => ReadMode.Map,
        "COPY" => ReadMode.Copy,
        null or "" or "AUTO" => bytes <= SmallBytes || IsOnNetwork(path) ? ReadMode.Copy : ReadMode.Map,
        var other => throw new ArgumentException($"{Variable}: expected auto, map or copy, found '{other}'."),
    };

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
