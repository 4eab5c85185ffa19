using System.Runtime.InteropServices;
using System.Text;
using PythiaOrleans.Build;

namespace PythiaOrleans.Analyses.Tests;

public sealed class RelaxGlibcxxTests : IDisposable
{
    private const string Version = "GLIBCXX_3.4.32";
    private const ushort Weak = 2;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("relax-");

    private static string Library => Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "libLibTorchSharp.so");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Relax_OfTheRealLibrary_SetsOneBitAndNothingElse()
    {
        var strict = Strict();
        var relaxed = (byte[])strict.Clone();

        Assert.Equal(1, VersionNeeds.Relax(relaxed, Version));

        var changed = Enumerable.Range(0, strict.Length).Where(i => strict[i] != relaxed[i]).ToArray();
        var entry = Assert.Single(changed) - 4;
        Assert.Equal(0, strict[entry + 4]);
        Assert.Equal(Weak, relaxed[entry + 4]);
        // The entry that changed is the one with the SysV hash of the version's name, found without the section headers.
        Assert.Equal(SysVHash(Version), BitConverter.ToUInt32(relaxed, entry));
    }

    [Fact]
    public void Relax_OfARelaxedLibrary_ChangesNothing()
    {
        var once = Strict();
        VersionNeeds.Relax(once, Version);
        var twice = (byte[])once.Clone();

        Assert.Equal(1, VersionNeeds.Relax(twice, Version));

        Assert.Equal(once, twice);
    }

    [Fact]
    public void Relax_OfAVersionThatIsNotNeeded_LeavesTheBytes()
    {
        var library = Strict();
        var before = (byte[])library.Clone();

        Assert.Equal(0, VersionNeeds.Relax(library, "GLIBCXX_9.9.99"));

        Assert.Equal(before, library);
    }

    [Fact]
    public void Relax_OfSomethingElse_IsRefused() =>
        Assert.Throws<InvalidDataException>(() => VersionNeeds.Relax(new byte[128], Version));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Write_ChangesTheCopyOnlyForAnOlderHost(bool hostDefinesVersion)
    {
        var source = Path.Combine(_folder.FullName, "source.so");
        var copy = Path.Combine(_folder.FullName, "out", "copy.so");
        File.WriteAllBytes(source, Strict());

        RelaxedCopy.Write(source, copy, Version, hostDefinesVersion);

        Assert.Equal(Strict(), File.ReadAllBytes(source));
        Assert.Equal(hostDefinesVersion, File.ReadAllBytes(copy).AsSpan().SequenceEqual(Strict()));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(copy)!));
    }

    [Fact]
    public void Write_OverAHardLink_LeavesTheOtherNameAlone()
    {
        var source = Path.Combine(_folder.FullName, "source.so");
        var copy = Path.Combine(_folder.FullName, "copy.so");
        File.WriteAllBytes(source, Strict());
        Assert.Equal(0, Link(source, copy));

        RelaxedCopy.Write(source, copy, Version, hostDefinesVersion: false);

        Assert.Equal(Strict(), File.ReadAllBytes(source));
        Assert.NotEqual(Strict(), File.ReadAllBytes(copy));
    }

    [Fact]
    public void HostLibrary_IsFoundAndDefinesItsOwnVersions()
    {
        Assert.True(File.Exists(HostLibrary.Find()));
        Assert.True(HostLibrary.Defines("GLIBCXX_3.4.11"));
        Assert.False(HostLibrary.Defines("GLIBCXX_3.4.1111"));
    }

    [Fact]
    public void LibraryInTheOutputFolder_WasRelaxedIffTheHostNeedsIt_AndLoads()
    {
        var expected = Strict();
        if (!HostLibrary.Defines(Version))
        {
            VersionNeeds.Relax(expected, Version);
        }

        Assert.Equal(expected, File.ReadAllBytes(Library));
        using var sum = TorchSharp.torch.ones(2, 3).sum();
        Assert.Equal(6, sum.item<float>());
    }

    /// <summary>The library as the package ships it: the output's copy with the bit cleared at the entry with the version's hash.</summary>
    private static byte[] Strict()
    {
        var library = File.ReadAllBytes(Library);
        var hash = BitConverter.GetBytes(SysVHash(Version));
        var entries = Enumerable.Range(0, (library.Length / 4) - 1)
            .Select(i => i * 4)
            .Where(at => library.AsSpan(at, 4).SequenceEqual(hash) && BitConverter.ToUInt16(library, at + 4) is 0 or Weak);
        library[Assert.Single(entries.ToArray()) + 4] = 0;
        return library;
    }

    // vna_hash as the System V ABI defines it.
    private static uint SysVHash(string name)
    {
        var hash = 0u;
        foreach (var letter in Encoding.ASCII.GetBytes(name))
        {
            hash = (hash << 4) + letter;
            var high = hash & 0xf0000000;
            hash = (hash ^ (high >> 24)) & ~high;
        }

        return hash;
    }

    [DllImport("libc", EntryPoint = "link", BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern int Link([MarshalAs(UnmanagedType.LPStr)] string existing, [MarshalAs(UnmanagedType.LPStr)] string created);
}
