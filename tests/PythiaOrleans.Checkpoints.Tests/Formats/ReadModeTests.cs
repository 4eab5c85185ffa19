using PythiaOrleans.Checkpoints.Formats;

namespace PythiaOrleans.Checkpoints.Tests;

/// <summary>Which files are copied, so that one that is cut off is an error of its checkpoint only.</summary>
public sealed class ReadModeTests
{
    private const long GiB = 1L << 30;

    [Theory]
    [InlineData(16 * GiB, 2, 16 * GiB / 24)]
    [InlineData(512 * GiB, 64, 512 * GiB / 768)]
    [InlineData(GiB, 8, 128L << 20)]
    [InlineData(16 * GiB, 0, 16 * GiB / 12)]
    public void Limit_LeavesMostOfTheMemoryFree(long memory, int cores, long expected) =>
        Assert.Equal(expected, ReadModes.LimitFor(memory, cores));

    [Fact]
    public void FileBeyondTheLimit_IsMapped()
    {
        var file = typeof(ReadModeTests).Assembly.Location;
        Assert.Equal(ReadMode.Copy, ReadModes.For(file, ReadModes.CopyLimit));
        Assert.Equal(ReadMode.Map, ReadModes.For(file, ReadModes.CopyLimit + 1));
    }
}
