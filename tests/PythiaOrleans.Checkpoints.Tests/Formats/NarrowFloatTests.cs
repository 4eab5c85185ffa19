using System.Runtime.InteropServices;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Formats.Safetensors;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Checkpoints.Tests;

/// <summary>Values of 4 and 8 bits against the tables of the OCP specifications.</summary>
public sealed class NarrowFloatTests
{
    [Theory]
    [InlineData(0x00, 0)]
    [InlineData(0x01, 0.001953125)] // the smallest subnormal, 2^-9
    [InlineData(0x07, 0.013671875)] // the largest subnormal, 7/8 2^-6
    [InlineData(0x08, 0.015625)] // the smallest normal, 2^-6
    [InlineData(0x38, 1)]
    [InlineData(0xB9, -1.125)]
    [InlineData(0x7E, 448)] // the largest
    [InlineData(0x7F, double.NaN)]
    [InlineData(0xFF, double.NaN)]
    public void E4M3_IsAsSpecified(byte code, double expected) => Assert.Equal(expected, (double)Widen<Half>(DType.F8E4M3, [code])[0]);

    [Theory]
    [InlineData(0x01, 0.0000152587890625)] // 2^-16
    [InlineData(0x3C, 1)]
    [InlineData(0xC1, -2.5)]
    [InlineData(0x7B, 57344)]
    [InlineData(0x7C, double.PositiveInfinity)]
    [InlineData(0x7D, double.NaN)]
    public void E5M2_IsAsSpecified(byte code, double expected) => Assert.Equal(expected, (double)Widen<Half>(DType.F8E5M2, [code])[0]);

    [Theory]
    [InlineData(127, 1)]
    [InlineData(130, 8)]
    [InlineData(0, 5.877471754111438e-39)] // 2^-127, a subnormal single
    [InlineData(254, 1.7014118346046923e38)]
    [InlineData(255, double.NaN)]
    public void E8M0_IsAPowerOfTwo(byte code, double expected) => Assert.Equal(expected, (double)Widen<float>(DType.F8E8M0, [code])[0]);

    [Fact]
    public void F4_HoldsTwoNumbersInEachByte()
    {
        double[] expected = [0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6];
        Assert.Equal(expected, Widen<Half>(DType.F4, [0x10, 0x32, 0x54, 0x76, 0x98, 0xBA, 0xDC, 0xFE]).Select(value => (double)value));
    }

    /// <summary>A parameter of 8 bits is measured: its values are those of the table, in the type that holds each exactly.</summary>
    [Theory]
    [InlineData(DType.F8E4M3, DType.F16, 2)]
    [InlineData(DType.F8E5M2, DType.F16, 2)]
    [InlineData(DType.F8E8M0, DType.F32, 2)]
    [InlineData(DType.F4, DType.F16, 4)]
    public void Tensor_OfANarrowType_IsReadInAWiderOne(DType stored, DType wider, int count)
    {
        byte[] codes = [0x3A, 0x41];
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["a.safetensors"], [new TensorToWrite("x", stored, [count], codes)]);
        using var file = SafetensorsFile.Open(folder["a.safetensors"]);
        var tensor = Assert.Single(file.Tensors);
        Assert.Equal((wider, stored, count * wider.Width()), (tensor.DType, tensor.StoredType, tensor.ByteLength));
        var expected = new byte[tensor.ByteLength];
        NarrowFloats.Widen(stored, codes, expected);
        var seen = new List<byte>();
        tensor.Visit(1 << 10, bytes => seen.AddRange(bytes));
        Assert.Equal(expected, seen);
    }

    /// <summary>Types that are numbers, but none that an analysis is defined for, are listed as what they are.</summary>
    [Theory]
    [InlineData(DType.C64, 2)]
    [InlineData(DType.F6E2M3, 4)]
    [InlineData(DType.F6E3M2, 4)]
    public void Tensor_OfAnUnmeasuredType_IsListed(DType type, int count)
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["a.safetensors"], [new TensorToWrite("x", type, [count], new byte[count * type.Bits() / 8])]);
        using var file = SafetensorsFile.Open(folder["a.safetensors"]);
        Assert.Equal(type, Assert.Single(file.Tensors).DType);
    }

    private static T[] Widen<T>(DType type, byte[] codes)
        where T : unmanaged
    {
        var values = new byte[codes.Length * 8 / type.Bits() * type.Widened()!.Value.Width()];
        NarrowFloats.Widen(type, codes, values);
        return MemoryMarshal.Cast<byte, T>(values).ToArray();
    }
}
