using System.Runtime.InteropServices;
using System.Text;
using PythiaOrleans.Analyses.Tokens;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Analyses.Tests;

/// <summary>Arrays of token ids as NumPy saves them.</summary>
public sealed class NpyTests
{
    /// <summary>A row of the array is a row of the batch: no row runs over into the next.</summary>
    [Fact]
    public void ArrayOfTwoDimensions_KeepsItsRows()
    {
        int[] ids = [.. Enumerable.Range(0, 3).SelectMany(row => Enumerable.Range(0, 5).Select(column => (10 * row) + column))];
        Assert.Equal([0, 1, 2, 10, 11, 12, 20, 21, 22], Read("<i4", "(3, 5)", MemoryMarshal.AsBytes(ids.AsSpan()), length: 3));
        Assert.Equal(ids, Read("<i4", "(3, 5)", MemoryMarshal.AsBytes(ids.AsSpan()), length: 5));
        Assert.Equal(ids, Read("<i4", "(15,)", MemoryMarshal.AsBytes(ids.AsSpan()), length: 3));
    }

    [Theory]
    [InlineData("(3, 5)", 6)]
    [InlineData("(5, 5)", 3)]
    [InlineData("(0, 15)", 3)]
    [InlineData("(1, 3, 5)", 3)]
    [InlineData("(99999999999999999999, 5)", 3)]
    public void ArrayThatDoesNotFit_IsRefused(string shape, int length)
    {
        var error = Assert.Throws<CheckpointFormatException>(() => Read("<i4", shape, new byte[15 * 4], length));
        Assert.Equal("shape", error.Place);
    }

    /// <summary>A padding of -100 must not become another id, whatever its width.</summary>
    [Fact]
    public void NegativeId_IsRefusedWhateverItsWidth()
    {
        short[] two = [1, -100];
        int[] four = [1, -100];
        long[] eight = [1, -100];
        AssertRefused("<i2", MemoryMarshal.AsBytes(two.AsSpan()).ToArray(), "-100");
        AssertRefused("<i4", MemoryMarshal.AsBytes(four.AsSpan()).ToArray(), "-100");
        AssertRefused("<i8", MemoryMarshal.AsBytes(eight.AsSpan()).ToArray(), "-100");
        ulong[] huge = [1, ulong.MaxValue];
        AssertRefused("<u8", MemoryMarshal.AsBytes(huge.AsSpan()).ToArray(), "18446744073709551615");
        ushort[] unsigned = [1, 65_436];
        Assert.Equal([1, 65_436], Read("<u2", "(2,)", MemoryMarshal.AsBytes(unsigned.AsSpan()), length: 2));

        static void AssertRefused(string type, byte[] data, string found)
        {
            var error = Assert.Throws<CheckpointFormatException>(() => Read(type, "(2,)", data, length: 2));
            Assert.Equal(("token 1", found), (error.Place, error.Found));
        }
    }

    private static int[] Read(string type, string shape, ReadOnlySpan<byte> data, int length)
    {
        using var folder = new TemporaryFolder();
        var header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': {shape}, }}\n";
        byte[] file = [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header), .. data];
        File.WriteAllBytes(folder["ids.npy"], file);
        return MemoryMarshal.Cast<byte, int>(BatchFile.Read(folder["ids.npy"], rows: 1, length, seed: 0).Content).ToArray();
    }
}
