using System.Buffers.Binary;
using System.Security.Cryptography;
using PythiaOrleans.Analyses.TensorDigests;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Formats.Safetensors;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Analyses.Tests;

public sealed class TensorDigestsTests
{
    private static readonly ModelShape Shape = ActivationTests.Shape(16, 2, 2);

    /// <summary>A row for each parameter, with the digest of its values written one after the other.</summary>
    [Fact]
    public void Columns_AreThoseOfTheBytes()
    {
        using var model = new RandomModel(Shape, seed: 8);
        var table = new TensorDigestsAnalysis().Run(model.Input, TestContext.Current.CancellationToken);
        Assert.Equal(model.Checkpoint.Parameters.Count, table.Count);
        for (var row = 0; row < table.Count; row++)
        {
            var parameter = model.Checkpoint.Parameters[row];
            var bytes = model.Weights[parameter.Name].SelectMany(value => BitConverter.GetBytes((float)value)).ToArray();
            var expected = new Dictionary<string, object?>
            {
                ["tensor"] = parameter.Tensor.Name,
                ["dtype"] = "F32",
                ["shape"] = string.Join(',', parameter.Tensor.Shape),
                ["bytes"] = (long)bytes.Length,
                ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(bytes)),
                ["on_half_grid"] = false,
                ["on_bfloat16_grid"] = false,
            };
            Assert.All(expected, column => Assert.Equal(column.Value, table[column.Key].Cells[row]));
        }
    }

    /// <summary>Which grid values lie on does not depend on the type in which they are stored.</summary>
    [Theory]
    [InlineData(DType.F32, 1.5f, true, true)]
    [InlineData(DType.F32, 1.001953125f, true, false)] // 1 + 2^-9: ten bits of mantissa, of which bfloat16 has seven
    [InlineData(DType.F32, 1e30f, false, false)]
    [InlineData(DType.F32, 1.2676506e30f, false, true)] // 2^100: beyond half precision
    [InlineData(DType.F32, float.NaN, true, true)]
    [InlineData(DType.F64, 1.5f, true, true)]
    [InlineData(DType.F64, 0.1f, false, false)]
    [InlineData(DType.F16, 1.001953125f, true, false)]
    [InlineData(DType.BF16, 1.2676506e30f, false, true)]
    public void Grids_AreThoseOfTheValues(DType type, float value, bool onHalf, bool onBfloat16)
    {
        var content = Content(type, value);
        Assert.Equal((onHalf, onBfloat16), (content.OnHalfGrid, content.OnBfloat16Grid));
    }

    /// <summary>0.1 of a double is no single.</summary>
    [Fact]
    public void Grids_OfDoublesBetweenSingles_AreNone()
    {
        var content = Content(DType.F64, BitConverter.GetBytes(1 + 1e-12));
        Assert.Equal((false, false), (content.OnHalfGrid, content.OnBfloat16Grid));
    }

    private static TensorContent Content(DType type, float value)
    {
        var bytes = new byte[type.Width()];
        switch (type)
        {
            case DType.F16:
                BinaryPrimitives.WriteHalfLittleEndian(bytes, (Half)value);
                break;
            case DType.BF16:
                BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16));
                break;
            case DType.F64:
                BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
                break;
            default:
                BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
                break;
        }

        return Content(type, bytes);
    }

    // The value stands behind 40,000 zeros: in the second part that is read.
    private static TensorContent Content(DType type, byte[] value)
    {
        const int Zeros = 40_000;
        byte[] bytes = [.. new byte[Zeros * value.Length], .. value];
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["weights"], [new TensorToWrite("w", type, [Zeros + 1], bytes)]);
        using var file = SafetensorsFile.Open(folder["weights"]);
        var content = TensorContent.Read(file.Tensors[0]);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), content.Sha256);
        return content;
    }
}
