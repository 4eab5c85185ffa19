using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace PythiaOrleans.Reporting.Plots;

/// <summary>PNG files of one size as one animated PNG, which every browser plays: chunks acTL, fcTL and fdAT of the PNG specification,
/// third edition.</summary>
internal static class AnimatedPng
{
    private const int SignatureLength = 8;

    /// <summary>Joins frames; viewers without animation show the first.</summary>
    /// <param name="frames">PNG files of the same size and colour type.</param>
    /// <param name="framesPerSecond">From 1.</param>
    public static byte[] Encode(IReadOnlyList<byte[]> frames, int framesPerSecond)
    {
        using var file = new MemoryStream();
        file.Write(frames[0].AsSpan(0, SignatureLength));
        var header = Chunks(frames[0]).First(chunk => chunk.Type == "IHDR").Data;
        Write(file, "IHDR", header);
        Write(file, "acTL", [.. Number(frames.Count), .. Number(0)]); // 0: repeated without end
        var sequence = 0;
        for (var i = 0; i < frames.Count; i++)
        {
            byte[] delay = [0, 1, (byte)(framesPerSecond >> 8), (byte)framesPerSecond];
            Write(file, "fcTL", [.. Number(sequence++), .. header[..8], .. Number(0), .. Number(0), .. delay, 0, 0]);
            foreach (var (_, data) in Chunks(frames[i]).Where(chunk => chunk.Type == "IDAT"))
            {
                if (i == 0)
                {
                    Write(file, "IDAT", data);
                }
                else
                {
                    Write(file, "fdAT", [.. Number(sequence++), .. data]);
                }
            }
        }

        Write(file, "IEND", []);
        return file.ToArray();
    }

    private static IEnumerable<(string Type, byte[] Data)> Chunks(byte[] png)
    {
        for (var at = SignatureLength; at < png.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            yield return (Encoding.ASCII.GetString(png, at + 4, 4), png[(at + 8)..(at + 8 + length)]);
            at += length + 12;
        }
    }

    private static byte[] Number(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private static void Write(MemoryStream file, string type, byte[] data)
    {
        byte[] content = [.. Encoding.ASCII.GetBytes(type), .. data];
        file.Write(Number(data.Length));
        file.Write(content);
        file.Write(Number(unchecked((int)Crc32.HashToUInt32(content))));
    }
}
