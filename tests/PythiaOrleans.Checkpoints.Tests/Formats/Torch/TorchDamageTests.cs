using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Formats.Torch;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Checkpoints.Tests;

public sealed class TorchDamageTests
{
    private const int Seed = 20260712;
    private const long AllowedBytes = 64L << 20;

    /// <summary>20,000 damaged archives: read or refused with the typed exception, never anything else, and never much memory.</summary>
    [Theory]
    [InlineData("zip-protocol2.bin")]
    [InlineData("zip-protocol4.bin")]
    [InlineData("legacy-protocol2.bin")]
    [InlineData("neox.bin")]
    public void Archive_DamagedAtRandom_IsReadOrRefusedButNeverWorse(string name)
    {
        using var folder = new TemporaryFolder();
        var good = TorchFixture.Bytes(name);
        var pickle = Math.Max(0, good.AsSpan().IndexOf("data.pkl"u8));
        var random = new Random(Seed);
        int refused = 0, read = 0;
        var count = DamageTrials.Count(1_500);
        for (var i = 0; i < count; i++)
        {
            var bytes = Damage(random, good, random.Next(3) switch { 0 => 0, 1 => pickle, _ => Math.Max(0, good.Length - 1800) });
            File.WriteAllBytes(folder["a.bin"], bytes);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using var file = TorchFile.Open(folder["a.bin"]);
                foreach (var tensor in file.Tensors)
                {
                    _ = TorchFileTests.Bytes(tensor);
                }

                read++;
            }
            catch (CheckpointFormatException)
            {
                refused++;
            }
            catch (Exception error)
            {
                Assert.Fail($"seed {Seed}, {name}, case {i}: {error}");
            }

            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < AllowedBytes, $"seed {Seed}, {name}, case {i}");
        }

        Assert.True(refused > 300 && read > 15, $"seed {Seed}: {refused} refused, {read} read");
    }

    /// <summary>Pickles drawn from the opcodes themselves, which reach states that damage rarely does.</summary>
    [Fact]
    public void Pickle_OfRandomOpcodes_IsReadOrRefusedButNeverWorse()
    {
        var opcodes = "(.012NJKMGUXT)t]lae}dsuqrhjQRbc"u8.ToArray()
            .Concat(new byte[] { 0x80, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8d, 0x93, 0x94, 0x95 })
            .ToArray();
        var words = new[]
        {
            "ccollections\nOrderedDict\n",
            "ctorch._utils\n_rebuild_tensor_v2\n",
            "ctorch\nHalfStorage\n",
            "(U\u0007storageh\u0001U\u00010U\u0003cpuK\u0009tQ",
        };
        var random = new Random(Seed);
        int refused = 0, read = 0;
        for (var i = 0; i < 40_000; i++)
        {
            var bytes = new List<byte> { 0x80, 2 };
            for (var length = random.Next(1, 30); length > 0; length--)
            {
                switch (random.Next(12))
                {
                    case 0:
                        bytes.AddRange(System.Text.Encoding.Latin1.GetBytes(words[random.Next(words.Length)]));
                        break;
                    case < 8: // what pushes, so that what pops finds something
                        bytes.Add((byte)"]})N("[random.Next(5)]);
                        break;
                    default:
                        bytes.Add(opcodes[random.Next(opcodes.Length)]);
                        break;
                }
            }

            bytes.Add((byte)'.');
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                new PickleReader(bytes.ToArray(), "a.bin", "data.pkl").Read();
                read++;
            }
            catch (CheckpointFormatException)
            {
                refused++;
            }
            catch (Exception error)
            {
                Assert.Fail($"seed {Seed}, case {i}: {error}");
            }

            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < AllowedBytes, $"seed {Seed}, case {i}");
        }

        Assert.True(refused > 20_000 && read > 500, $"seed {Seed}: {refused} refused, {read} read");
    }

    private static byte[] Damage(Random random, byte[] good, int from)
    {
        var bytes = good.ToList();
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var at = Math.Min(bytes.Count - 1, from + random.Next(Math.Min(2000, good.Length - from)));
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes.RemoveAt(at);
                    break;
                case 2:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
                case 3:
                    bytes[at] = 0xff;
                    break;
                default:
                    bytes[at] = (byte)random.Next(256);
                    break;
            }
        }

        return [.. bytes];
    }
}
