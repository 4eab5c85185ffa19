using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Checkpoints.Formats;

/// <summary>
/// Opens files of checkpoints, and nothing else: opening a named pipe would wait without end, reading a device would never stop.
/// </summary>
internal static partial class RegularFile
{
    private const string Advice = "Put the file itself there.";

    // statx(2): the layout of its answer is the same on every processor.
    private const int CurrentFolder = -100; // AT_FDCWD
    private const uint TypeAndSize = 0x201; // STATX_TYPE | STATX_SIZE
    private const int AnswerBytes = 256;
    private const int ModeOffset = 28;
    private const int SizeOffset = 40;
    private const int TypeMask = 0xF000; // S_IFMT
    private const int Regular = 0x8000; // S_IFREG

    private const int NoEntry = 2; // ENOENT
    private const int NoAccess = 13; // EACCES
    private const int NotAFolder = 20; // ENOTDIR
    private const int TooManyLinks = 40; // ELOOP

    private static readonly Dictionary<int, string> OtherTypes = new()
    {
        [0x1000] = "a named pipe",
        [0x2000] = "a device",
        [0x4000] = "a folder",
        [0x6000] = "a block device",
        [0xC000] = "a socket",
    };

    /// <summary>Opens a file for reading; other processes may write to it.</summary>
    /// <exception cref="CheckpointFormatException">It is no regular file.</exception>
    /// <exception cref="AccessDeniedException">This user may not read it.</exception>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static SafeFileHandle Open(string path)
    {
        LengthOf(path);
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (UnauthorizedAccessException error)
        {
            throw Denied(path, error);
        }
    }

    /// <summary>The length of the file that the path leads to, through links. Does not open it.</summary>
    /// <exception cref="CheckpointFormatException">It is no regular file.</exception>
    /// <exception cref="AccessDeniedException">This user may not look at it.</exception>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static long LengthOf(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            var target = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
            return new FileInfo(target).Length;
        }

        Span<byte> answer = stackalloc byte[AnswerBytes];
        if (Statx(CurrentFolder, path, 0, TypeAndSize, ref MemoryMarshal.GetReference(answer)) != 0)
        {
            throw Failed(path, Marshal.GetLastPInvokeError());
        }

        var type = MemoryMarshal.Read<ushort>(answer[ModeOffset..]) & TypeMask;
        return type == Regular
            ? MemoryMarshal.Read<long>(answer[SizeOffset..])
            : throw new CheckpointFormatException(
                path, "the file", "a regular file", OtherTypes.GetValueOrDefault(type, "something else"), Advice);
    }

    /// <summary>Where a link leads that leads nowhere; null for everything else.</summary>
    public static string? DanglingTarget(string path)
    {
        var file = new FileInfo(path);
        if (file.LinkTarget is not { } target)
        {
            return null;
        }

        try
        {
            var end = file.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
            return File.Exists(end) || Directory.Exists(end) ? null : target;
        }
        catch (IOException)
        {
            return null; // it leads back to itself: opening it says so
        }
    }

    /// <summary>Reads a small file whole.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxBytes">More is refused before a byte is read.</param>
    /// <exception cref="CheckpointFormatException">It is no regular file, too long, or a Git LFS pointer.</exception>
    public static byte[] ReadAll(string path, int maxBytes)
    {
        using var file = Open(path);
        var length = RandomAccess.GetLength(file);
        if (length > maxBytes)
        {
            throw new CheckpointFormatException(path, "the file", $"at most {maxBytes} bytes", $"{length}", "Is it the right file?");
        }

        var bytes = new byte[length];
        var read = 0;
        while (read < bytes.Length && RandomAccess.Read(file, bytes.AsSpan(read), read) is var count and > 0)
        {
            read += count;
        }

        LfsPointer.ThrowIfPointer(path, bytes.AsSpan(0, read));
        return bytes[..read];
    }

    private static Exception Failed(string path, int error) => error switch
    {
        NoEntry when DanglingTarget(path) is { } target =>
            new CheckpointFormatException(
                path, "the file", "a regular file", $"a link to {target}, which is not there", "Fetch the file again, or mend the link."),
        NoEntry or NotAFolder => new FileNotFoundException($"{path}: there is no such file.", path),
        NoAccess => Denied(path, null),
        TooManyLinks =>
            new CheckpointFormatException(path, "the file", "a regular file", "a symbolic link that leads back to itself", Advice),
        _ => new SourceUnavailableException($"{path}: cannot be looked at: {Marshal.GetPInvokeErrorMessage(error)}."),
    };

    private static AccessDeniedException Denied(string path, Exception? error) =>
        new($"{path}: this user may not read the file. Change its permissions, or those of its folder.", error);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, ref byte answer);
}
