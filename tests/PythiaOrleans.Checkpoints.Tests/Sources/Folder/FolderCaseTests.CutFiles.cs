using System.Runtime.InteropServices;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Checkpoints.Opening;
using PythiaOrleans.Checkpoints.Sources;
using PythiaOrleans.Checkpoints.Sources.Folder;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Checkpoints.Tests;

/// <content>Files that change while they are read.</content>
public sealed partial class FolderCaseTests
{
    /// <summary>Cut off while a task reads it: an error of that checkpoint, and the process lives.</summary>
    [Fact]
    public async Task File_CutOffWhileItIsRead_IsAnError()
    {
        var path = _folder["data"];
        await File.WriteAllBytesAsync(path, HubSourceTests.Noise(8 << 20, 3), Stop);
        using var file = new RandomAccessFile(path);
        Assert.Equal(HubSourceTests.Noise(8 << 20, 3).AsSpan(0, 100).ToArray(), file.Read(0, 100));
        using (var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            stream.SetLength(100_000);
        }

        foreach (var (offset, count) in new[] { (4 << 20, 100), (99_999, 2), (0, 8 << 20) })
        {
            var error = Assert.Throws<CheckpointFormatException>(() => file.Read(offset, count));
            Assert.Contains("became shorter", error.Message, StringComparison.Ordinal);
            Assert.Contains(path, error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(HubSourceTests.Noise(8 << 20, 3).AsSpan(0, 100_000).ToArray(), file.Read(0, 100_000));
        Assert.Throws<CheckpointFormatException>(file.CheckUnchanged);
        Assert.Throws<CheckpointFormatException>(file.Describe);
    }

    /// <summary>Cut off again and again while threads read it, as a mapped file would not survive.</summary>
    [Fact]
    public async Task File_CutOffAndGrownWhileThreadsReadIt_NeverEndsTheProcess()
    {
        var path = _folder["data"];
        await File.WriteAllBytesAsync(path, HubSourceTests.Noise(4 << 20, 5), Stop);
        using var file = new RandomAccessFile(path);
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var errors = 0;
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(
            () =>
            {
                var into = new byte[1 << 20];
                while (!done.IsCancellationRequested)
                {
                    try
                    {
                        file.Read(3 << 20, into);
                    }
                    catch (CheckpointFormatException)
                    {
                        Interlocked.Increment(ref errors);
                    }
                }
            },
            Stop)).ToArray();
        using (var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            while (Volatile.Read(ref errors) < 100)
            {
                stream.SetLength(100_000);
                stream.SetLength(4 << 20);
            }
        }

        await done.CancelAsync();
        await Task.WhenAll(readers);
    }

    [Fact]
    public async Task File_WrittenToWhileItIsRead_IsNoticed()
    {
        var path = _folder["data"];
        var bytes = HubSourceTests.Noise(3_000_001, 4);
        await File.WriteAllBytesAsync(path, bytes, Stop);
        using var file = new RandomAccessFile(path);
        Assert.Equal(bytes, file.Read(0, bytes.Length));
        file.CheckUnchanged();
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddSeconds(5));
        Assert.Contains("written to", Assert.Throws<CheckpointFormatException>(file.CheckUnchanged).Message, StringComparison.Ordinal);
    }
}
