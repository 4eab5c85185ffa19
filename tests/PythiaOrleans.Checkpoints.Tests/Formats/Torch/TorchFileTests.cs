using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Formats.Torch;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Checkpoints.Tests;

public sealed class TorchFileTests
{
    /// <summary>
    /// Every tensor against what PyTorch itself read from the same file: type, shape, and the digest of its contiguous bytes.
    /// </summary>
    [Theory]
    [InlineData("zip-protocol2", 17)]
    [InlineData("zip-protocol3", 17)]
    [InlineData("zip-protocol4", 17)]
    [InlineData("zip-protocol5", 17)]
    [InlineData("zip-module", 4)]
    [InlineData("neox", 34)]
    [InlineData("legacy-protocol2", 17)]
    [InlineData("legacy-protocol3", 17)]
    [InlineData("legacy-protocol4", 17)]
    [InlineData("legacy-protocol5", 17)]
    [InlineData("legacy-module", 4)]
    [InlineData("neox-legacy", 34)]
    public void File_OfPyTorch_ReadsAsPyTorchReadsIt(string name, int count)
    {
        using var file = TorchFile.Open(TorchFixture.PathOf($"{name}.bin"));
        using var facts = JsonDocument.Parse(TorchFixture.Bytes($"{name}.json"));
        Assert.Equal(count, file.Tensors.Count);
        Assert.Equal(
            facts.RootElement.EnumerateObject().Select(fact => fact.Name).Order(StringComparer.Ordinal),
            file.Tensors.Select(tensor => tensor.Name).Order(StringComparer.Ordinal));
        foreach (var tensor in file.Tensors)
        {
            var fact = facts.RootElement.GetProperty(tensor.Name);
            Assert.Equal(fact.GetProperty("dtype").GetString(), PyTorchName(tensor.DType));
            Assert.Equal(fact.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()), tensor.Shape);
            Assert.Equal(fact.GetProperty("sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(Bytes(tensor))));
        }
    }

    [Fact]
    public void Tensor_ThatIsAViewOfAnother_HasItsValues()
    {
        using var file = TorchFile.Open(TorchFixture.PathOf("zip-protocol2.bin"));
        var whole = file.Tensors.Single(tensor => tensor.Name == "whole").Values<float>();
        var rows = file.Tensors.Single(tensor => tensor.Name == "rows").Values<float>();
        Assert.Equal(whole.AsSpan(2 * 10, rows.Length).ToArray(), rows);
    }

    [Theory]
    [InlineData("system", ".system'")]
    [InlineData("eval", ".eval'")]
    [InlineData("nested", "getattr'")]
    [InlineData("load", "'torch.storage._load_from_bytes'")]
    public void File_ThatWantsToCallSomething_IsRefusedWithItsName(string attack, string complaint)
    {
        foreach (var name in new[] { $"evil-{attack}.bin", $"evil-legacy-{attack}.bin" })
        {
            var error = Assert.Throws<CheckpointFormatException>(() => TorchFile.Open(TorchFixture.PathOf(name)));
            Assert.Contains(complaint, error.Message, StringComparison.Ordinal);
            Assert.Contains("Nothing of it was run", error.Message, StringComparison.Ordinal);
            Assert.False(File.Exists("pythia-was-here"));
        }
    }

    [Theory]
    [InlineData("evil-expanded.bin", "a view of the 1 elements")]
    [InlineData("evil-list.bin", "a dictionary of tensors by name")]
    [InlineData("evil-no-tensor.bin", "none of them a tensor")]
    public void File_WithoutPlainTensors_IsRefused(string name, string complaint) => Assert.Contains(
        complaint, Assert.Throws<CheckpointFormatException>(
            () => TorchFile.Open(TorchFixture.PathOf(name))).Message, StringComparison.Ordinal);

    /// <summary>Views that would read outside of their storage, or of the file.</summary>
    [Theory]
    [InlineData("offset", "a view of the 60 elements")]
    [InlineData("stride", "a view of the 60 elements")]
    [InlineData("many", "a view of the 60 elements")]
    [InlineData("overflow", "a view of the 60 elements")]
    [InlineData("negative", "as many strides as sizes")]
    [InlineData("ranks", "as many strides as sizes")]
    [InlineData("claim", "2684354560 F32 elements")]
    public void View_ThatLeavesItsStorage_IsRefused(string name, string complaint) => Assert.Contains(
        complaint, Assert.Throws<CheckpointFormatException>(
            () => TorchFile.Open(TorchFixture.PathOf($"evil-view-{name}.bin"))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("zip-protocol2.bin")]
    [InlineData("legacy-protocol2.bin")]
    public void File_CutOffAnywhere_IsRefused(string name)
    {
        using var folder = new TemporaryFolder();
        var bytes = TorchFixture.Bytes(name);
        for (var length = 0; length < bytes.Length; length += 7)
        {
            File.WriteAllBytes(folder["cut.bin"], bytes[..length]);
            Assert.Throws<CheckpointFormatException>(() => TorchFile.Open(folder["cut.bin"]));
        }
    }

    [Fact]
    public void Archive_ThatIsCompressed_IsRefusedWithAReason()
    {
        using var folder = new TemporaryFolder();
        using (var source = ZipFile.OpenRead(TorchFixture.PathOf("zip-module.bin")))
        using (var target = ZipFile.Open(folder["a.bin"], ZipArchiveMode.Create))
        {
            foreach (var entry in source.Entries)
            {
                using var from = entry.Open();
                using var to = target.CreateEntry(entry.FullName, CompressionLevel.SmallestSize).Open();
                from.CopyTo(to);
            }
        }

        var error = Assert.Throws<CheckpointFormatException>(() => TorchFile.Open(folder["a.bin"]));
        Assert.Contains("neither compressed nor encrypted", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 0x8a, 5, 0, 0, 0, 0xa0, 0 }, 2_684_354_560L)]
    [InlineData(new byte[] { 0x8a, 1, 0xff }, -1L)]
    [InlineData(new byte[] { 0x8a, 0 }, 0L)]
    [InlineData(new byte[] { (byte)'J', 0xfe, 0xff, 0xff, 0xff }, -2L)]
    [InlineData(new byte[] { (byte)'M', 0xff, 0xff }, 65_535L)]
    public void Number_OfEveryOpcode_IsALong(byte[] opcode, long expected) =>
        Assert.Equal(expected, Assert.IsType<long>(new PickleReader([0x80, 2, .. opcode, (byte)'.'], "a.bin", "data.pkl").Read()));

    /// <summary>A length that the file does not have, in each opcode that carries one: no allocation may follow it.</summary>
    [Theory]
    [InlineData(0x8d, 10L << 30, "more bytes")] // BINUNICODE8 of 10 GB
    [InlineData('X', uint.MaxValue, "more bytes")]
    [InlineData('T', int.MaxValue, "more bytes")]
    [InlineData('T', -1, "more bytes")]
    [InlineData(0x8b, int.MaxValue, "a whole number of at most")] // LONG4
    [InlineData(0x8b, -1, "a whole number of at most")]
    [InlineData('B', 100, "an opcode")] // BINBYTES: no state dict has bytes
    [InlineData('i', 0, "an opcode")] // INST
    [InlineData('P', 0, "an opcode")]
    [InlineData('S', 0, "an opcode")]
    public void Pickle_WithAnAbsurdLength_IsRefusedBeforeItIsAllocated(int opcode, long length, string complaint)
    {
        var bytes = new byte[32];
        bytes[0] = 0x80;
        bytes[1] = 2;
        bytes[2] = (byte)opcode;
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(3), length);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<CheckpointFormatException>(() => new PickleReader(bytes, "a.bin", "data.pkl").Read());
        Assert.Contains(complaint, error.Message, StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    /// <summary>Millions of the cheapest opcode each: the budget ends it.</summary>
    [Theory]
    [InlineData("]")]
    [InlineData("}")]
    [InlineData("(")]
    [InlineData(")")]
    [InlineData("N")]
    [InlineData("N2")]
    [InlineData("]2a")]
    [InlineData("K\u0001")]
    [InlineData("Nr\u0001\u0002\u0003\u0004")]
    public void Pickle_OfTooManyObjects_IsRefusedWithinTheBudget(string opcodes)
    {
        var bytes = Encoding.Latin1.GetBytes("\u0080\u0002]" + string.Concat(Enumerable.Repeat(opcodes, 15_000_000 / opcodes.Length)));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<CheckpointFormatException>(() => new PickleReader(bytes, "a.bin", "data.pkl").Read());
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < 64L << 20, $"{allocated} bytes");
    }

    internal static byte[] Bytes(StoredTensor tensor) => tensor.DType.Width() switch
    {
        8 => System.Runtime.InteropServices.MemoryMarshal.AsBytes(tensor.Values<long>()).ToArray(),
        4 => System.Runtime.InteropServices.MemoryMarshal.AsBytes(tensor.Values<int>()).ToArray(),
        2 => System.Runtime.InteropServices.MemoryMarshal.AsBytes(tensor.Values<short>()).ToArray(),
        _ => tensor.Values<byte>().ToArray(),
    };

    private static string PyTorchName(DType type) => type switch
    {
        DType.F64 => "float64",
        DType.F32 => "float32",
        DType.F16 => "float16",
        DType.BF16 => "bfloat16",
        DType.I64 => "int64",
        DType.I32 => "int32",
        DType.I16 => "int16",
        DType.I8 => "int8",
        DType.U8 => "uint8",
        DType.Bool => "bool",
        _ => $"{type}, which PyTorch 1.13 does not have",
    };
}
