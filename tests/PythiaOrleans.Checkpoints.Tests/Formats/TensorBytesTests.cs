using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Checkpoints.Tests;

/// <summary>Where tensors' bytes come from: files, gathered views, numbers that are widened.</summary>
public sealed class TensorBytesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A view is gathered as a loop over its indices does it, whether it is dense or a few elements far apart.</summary>
    [Theory]
    [InlineData(new long[] { 30, 20 }, new long[] { 1, 30 })]
    [InlineData(new long[] { 5, 4, 3 }, new long[] { 12, 1, 4 })]
    [InlineData(new long[] { 3, 7 }, new long[] { 0, 2 })]
    [InlineData(new long[] { 2, 2 }, new long[] { 900, 50 })]
    [InlineData(new long[] { 3 }, new long[] { 450 })]
    public void View_IsGatheredElementByElement(long[] shape, long[] strides)
    {
        const int begin = 10, first = 3;
        var numbers = Enumerable.Range(0, 1000).Select(number => (ushort)number).ToArray();
        var path = _folder["numbers"];
        File.WriteAllBytes(path, [.. new byte[begin], .. numbers.SelectMany(BitConverter.GetBytes)]);
        using var file = new RandomAccessFile(path);
        using var bytes = new GatheredBytes(file, begin + (first * sizeof(ushort)), shape, strides, sizeof(ushort));
        var expected = Indices(shape)
            .Select(index => numbers[first + index.Zip(strides, (at, stride) => at * stride).Sum()]).ToArray();
        var found = new byte[expected.Length * sizeof(ushort)];
        bytes.Read(0, found);
        Assert.Equal(expected.SelectMany(BitConverter.GetBytes), found);
        bytes.Read(sizeof(ushort), found.AsSpan(sizeof(ushort)));
        Assert.Equal(expected.SelectMany(BitConverter.GetBytes), found);
        Assert.Throws<ArgumentOutOfRangeException>(() => bytes.Read(sizeof(ushort), found));
    }

    /// <summary>Any part of a tensor of narrow numbers is that part of the whole, over several portions, from an odd place too.</summary>
    [Theory]
    [InlineData(DType.F4)]
    [InlineData(DType.F8E4M3)]
    [InlineData(DType.F8E8M0)]
    public void PartOfNarrowNumbers_IsThatPartOfTheWhole(DType type)
    {
        var random = new Random(4);
        var codes = new byte[50_000];
        random.NextBytes(codes);
        var path = _folder["codes"];
        File.WriteAllBytes(path, codes);
        using var file = new RandomAccessFile(path);
        var width = type.Widened()!.Value.Width();
        var whole = new byte[codes.Length * 8 / type.Bits() * width];
        NarrowFloats.Widen(type, codes, whole);
        var bytes = new WidenedBytes(type, new FileBytes(file, 0));
        foreach (var (start, end) in new[] { (0, whole.Length / width), (1, 2), (1, 40_001), (32_767, 49_998), (49_999, 50_000) })
        {
            var part = new byte[(end - start) * width];
            bytes.Read(start * width, part);
            Assert.Equal(whole.AsSpan(start * width, part.Length).ToArray(), part);
        }
    }

    private static IEnumerable<long[]> Indices(long[] shape) => shape.Aggregate(
        (IEnumerable<long[]>)[[]],
        (indices, size) => indices.SelectMany(index => Enumerable.Range(0, (int)size).Select(next => (long[])[.. index, next])));
}
