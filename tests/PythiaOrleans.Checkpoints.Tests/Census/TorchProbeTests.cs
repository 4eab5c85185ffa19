using System.Buffers.Binary;
using PythiaOrleans.Checkpoints.Census;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Formats.Torch;
using PythiaOrleans.Checkpoints.Sources;

namespace PythiaOrleans.Checkpoints.Tests;

/// <summary>What two ends of an archive tell, against what reading it whole tells.</summary>
public sealed class TorchProbeTests
{
    /// <summary>The smaller the guess, the more requests; the answer is the same.</summary>
    [Theory]
    [InlineData("neox", 64)]
    [InlineData("neox", 2000)]
    [InlineData("neox", 1 << 20)]
    [InlineData("zip-protocol2", 300)]
    [InlineData("zip-protocol5", 300)]
    [InlineData("zip-module", 100)]
    public async Task Tensors_AreThoseOfTheWholeFile(string name, int guess)
    {
        var bytes = TorchFixture.Bytes($"{name}.bin");
        var probed = await ReadAsync(bytes, guess);
        using var whole = TorchFile.Open(TorchFixture.PathOf($"{name}.bin"));

        Assert.Equal(
            whole.Tensors.Select(tensor => (tensor.Name, tensor.DType, Shape: string.Join(',', tensor.Shape))),
            probed!.Select(tensor => (tensor.Name, tensor.DType, Shape: string.Join(',', tensor.Shape))));
        foreach (var (tensor, read) in whole.Tensors.Zip(probed!).Where(pair => pair.Second.Bytes > 0))
        {
            var count = (int)tensor.ByteLength;
            var content = new byte[count];
            tensor.Visit(1 << 20, part => part.CopyTo(content));
            Assert.Equal(count, read.Bytes);
            Assert.Equal(content, read.First(count, bytes.AsSpan((int)read.Begin, read.ToFetch(count))).ToArray());
        }

        // Strided views are not fetched; neither are tensors without elements.
        string[] left = [.. probed!.Where(tensor => tensor.Bytes == 0).Select(tensor => tensor.Name)];
        Assert.Equal(
            name.StartsWith("zip-protocol", StringComparison.Ordinal) ? ["columns", "transposed", "cube", "every_second", "empty"] : [],
            left);
    }

    /// <summary>Of a file of 8 GB, zeros but for its ends, less than 40 KB are fetched.</summary>
    [Fact]
    public async Task Archive_WithAHoleBetweenPickleAndDirectory_IsReadFromItsEnds()
    {
        const long Hole = 8L << 30;
        var bytes = TorchFixture.Bytes("neox.bin");
        var directory = bytes.AsSpan().IndexOf("PK\u0001\u0002"u8);
        var end = bytes.AsSpan().LastIndexOf("PK\u0005\u0006"u8);
        using (var file = new SparseFile("neox.bin", bytes.Length))
        {
            file.Write(0, bytes);
            Assert.Equal(directory, file.Read(ZipEntries.FindDirectory).At);
        }

        // The end of the directory says where it starts, in 32 bits: such a far one is in the zip64 record before it.
        long entries = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(end + 10));
        byte[] record = [.. "PK\u0006\u0006"u8, .. BitConverter.GetBytes(44L), .. new byte[20], .. BitConverter.GetBytes(entries),
            .. BitConverter.GetBytes((long)(end - directory)), .. BitConverter.GetBytes(directory + Hole)];
        byte[] locator = [.. "PK\u0006\u0007"u8, .. new byte[4], .. BitConverter.GetBytes(end + Hole), .. BitConverter.GetBytes(1)];
        byte[] last = [.. bytes[end..]];
        last.AsSpan(12, 8).Fill(0xff);
        byte[] tail = [.. bytes[directory..end], .. record, .. locator, .. last];
        var (length, fetched) = (directory + Hole + tail.Length, 0L);

        var probed = await TorchProbe.ReadAsync(new RevisionFile("neox.bin", length, null), (start, count) =>
        {
            fetched += count;
            var part = new byte[Math.Min(count, length - start)];
            for (var i = 0; i < part.Length; i++)
            {
                var at = start + i;
                part[i] = at < directory ? bytes[at] : at >= directory + Hole ? tail[at - directory - Hole] : (byte)0;
            }

            return Task.FromResult(part);
        }, 16 << 10);
        Assert.Equal(34, probed!.Count);
        Assert.InRange(fetched, 1, 40_000);
    }

    [Fact]
    public async Task Archive_OfTheOlderFormat_IsNotRead() =>
        Assert.Null(await ReadAsync(TorchFixture.Bytes("neox-legacy.bin"), 1 << 14));

    [Theory]
    [InlineData(0.5, "the directory that ends a zip archive")]
    [InlineData(0, "a zip archive")]
    public async Task Archive_ThatWasCutOff_SaysWhatItLacks(double share, string expected)
    {
        var bytes = TorchFixture.Bytes("neox.bin");
        var error = await Assert.ThrowsAsync<CheckpointFormatException>(() => ReadAsync(bytes[..(int)(share * bytes.Length)], 1000));
        Assert.StartsWith("weights.bin: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    /// <summary>A stranger's archive runs nothing here either.</summary>
    [Theory]
    [InlineData("evil-system")]
    [InlineData("evil-view-claim")]
    [InlineData("evil-list")]
    public async Task Archive_ThatAsksForMoreThanTensors_IsRefused(string name) =>
        await Assert.ThrowsAsync<CheckpointFormatException>(() => ReadAsync(TorchFixture.Bytes($"{name}.bin"), 1 << 14));

    private static Task<IReadOnlyList<ProbedTensor>?> ReadAsync(byte[] bytes, int guess) => TorchProbe.ReadAsync(
        new RevisionFile("weights.bin", bytes.Length, null),
        (start, count) => Task.FromResult(bytes[(int)start..(int)Math.Min(start + count, bytes.Length)]),
        guess);
}
