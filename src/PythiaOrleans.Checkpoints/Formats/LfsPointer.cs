using System.Text;
using System.Text.RegularExpressions;

namespace PythiaOrleans.Checkpoints.Formats;

/// <summary>What Git leaves in the place of a large file where git-lfs is not installed: a text of three lines.</summary>
internal static partial class LfsPointer
{
    private const int MaxBytes = 1024;

    /// <summary>Refuses a pointer where the file itself should be.</summary>
    /// <param name="path">The file.</param>
    /// <param name="start">Its first bytes.</param>
    /// <exception cref="CheckpointFormatException">It is a pointer.</exception>
    public static void ThrowIfPointer(string path, ReadOnlySpan<byte> start)
    {
        if (!start.StartsWith("version https://git-lfs"u8) && !start.StartsWith("version https://hawser"u8))
        {
            return;
        }

        var size = Size().Match(Encoding.UTF8.GetString(start[..Math.Min(MaxBytes, start.Length)]));
        throw new CheckpointFormatException(
            path,
            "the file",
            "the file itself",
            $"a Git LFS pointer to {(size.Success ? size.Groups[1].Value : "its")} bytes",
            "The repository was cloned without git-lfs: install it and run `git lfs pull` there, or fetch the checkpoint with --source hub.");
    }

    [GeneratedRegex(@"^size ([0-9]{1,19})\r?$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Size();
}
