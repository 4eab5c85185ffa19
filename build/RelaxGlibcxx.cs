// Why this exists: docs/native-library.md. Compiled twice: by MSBuild into the task of RelaxGlibcxx.targets
// (netstandard2.0, one file, no package), and into the tests, which have no MSBuild to refer to.
#nullable enable
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

namespace PythiaOrleans.Build;

/// <summary>Marks one version need of a 64-bit little-endian ELF library as weak, so that the loader accepts an older dependency.</summary>
internal static class VersionNeeds
{
    private const uint GnuVersionNeed = 0x6ffffffe; // SHT_GNU_verneed
    private const ushort Weak = 2; // VER_FLG_WEAK

    /// <summary>Sets the weak bit on every need of the named version.</summary>
    /// <param name="library">The file's bytes, changed in place.</param>
    /// <param name="version">For example <c>GLIBCXX_3.4.32</c>.</param>
    /// <returns>How many needs carried that name; 0 leaves the bytes as they were.</returns>
    /// <exception cref="InvalidDataException">The bytes are no such library.</exception>
    internal static int Relax(byte[] library, string version)
    {
        var isElf = library.Length >= 64 && library[0] == 0x7f && library[1] == 'E' && library[2] == 'L' && library[3] == 'F';
        if (!isElf || library[4] != 2 || library[5] != 1)
        {
            throw new InvalidDataException("Not a 64-bit little-endian ELF file.");
        }

        var sections = checked((int)BitConverter.ToInt64(library, 0x28));
        var sectionSize = BitConverter.ToUInt16(library, 0x3a);
        var sectionCount = BitConverter.ToUInt16(library, 0x3c);
        var found = 0;
        for (var i = 0; i < sectionCount; i++)
        {
            var section = sections + (i * sectionSize);
            if (BitConverter.ToUInt32(library, section + 4) == GnuVersionNeed)
            {
                var namesSection = sections + (BitConverter.ToInt32(library, section + 0x28) * sectionSize);
                found += RelaxSection(
                    library,
                    Offset(library, section),
                    BitConverter.ToInt32(library, section + 0x2c),
                    Offset(library, namesSection),
                    version);
            }
        }

        return found;
    }

    private static int RelaxSection(byte[] library, int need, int needs, int names, string version)
    {
        var found = 0;
        for (var i = 0; i < needs; i++)
        {
            var entries = BitConverter.ToUInt16(library, need + 2);
            var entry = need + BitConverter.ToInt32(library, need + 8);
            for (var j = 0; j < entries; j++)
            {
                if (Text(library, names + BitConverter.ToInt32(library, entry + 8)) == version)
                {
                    // vna_flags is little-endian; the bit lives in its first byte.
                    library[entry + 4] |= (byte)Weak;
                    found++;
                }

                entry += BitConverter.ToInt32(library, entry + 12);
            }

            need += BitConverter.ToInt32(library, need + 12);
        }

        return found;
    }

    private static int Offset(byte[] library, int section) => checked((int)BitConverter.ToInt64(library, section + 0x18));

    private static string Text(byte[] library, int start) =>
        Encoding.ASCII.GetString(library, start, Array.IndexOf(library, (byte)0, start) - start);
}

/// <summary>The C++ library that this machine's loader picks.</summary>
internal static class HostLibrary
{
    private static readonly string[] Folders =
        ["/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "/usr/lib64", "/lib64", "/usr/lib", "/usr/local/lib64", "/usr/local/lib"];

    /// <summary>
    /// Whether the host's libstdc++ defines a version; false where no libstdc++ is found, because relaxing harms nothing.
    /// </summary>
    internal static bool Defines(string version)
    {
        var path = Find();
        return path != null && Contains(File.ReadAllBytes(path), Encoding.ASCII.GetBytes("\0" + version + "\0"));
    }

    /// <summary>The path of libstdc++: the one this process has mapped (the .NET runtime needs it), else the first on disk.</summary>
    internal static string? Find()
    {
        const string name = "/libstdc++.so.6";
        var mapped = File.Exists("/proc/self/maps")
            ? File.ReadLines("/proc/self/maps").Where(line => line.Contains(name)).Select(line => line.Substring(line.IndexOf('/')))
            : [];
        return mapped.Concat(Folders.Select(folder => folder + name)).FirstOrDefault(File.Exists);
    }

    private static bool Contains(byte[] bytes, byte[] wanted)
    {
        var last = bytes.Length - wanted.Length;
        for (var at = Array.IndexOf(bytes, wanted[0]); at >= 0 && at <= last; at = Array.IndexOf(bytes, wanted[0], at + 1))
        {
            var same = 1;
            while (same < wanted.Length && bytes[at + same] == wanted[same])
            {
                same++;
            }

            if (same == wanted.Length)
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>What the build does with one library.</summary>
internal static class RelaxedCopy
{
    /// <summary>Copies a library, with the version need weak if the host cannot meet it. The source is never written to.</summary>
    /// <returns>What was done, for the build log.</returns>
    internal static string Write(string source, string destination, string version, bool hostDefinesVersion)
    {
        var library = File.ReadAllBytes(source);
        var relaxed = hostDefinesVersion ? 0 : VersionNeeds.Relax(library, version);

        // Another build may be reading the old file, and an output folder may share its inode: never write into it, replace it.
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(destination))!);
        var draft = destination + "." + Guid.NewGuid().ToString("N") + ".draft";
        try
        {
            File.WriteAllBytes(draft, library);
            File.Delete(destination);
            File.Move(draft, destination);
        }
        finally
        {
            File.Delete(draft);
        }

        return relaxed > 0
            ? $"{Path.GetFileName(source)}: the need of {version} is now weak, because an older libstdc++ does not define it."
            : $"{Path.GetFileName(source)}: copied as it is" + (hostDefinesVersion ? "." : $"; it does not need {version}.");
    }
}

#if !WITHOUT_MSBUILD
/// <summary>The MSBuild task.</summary>
public sealed class RelaxGlibcxx : Microsoft.Build.Utilities.Task
{
    [Microsoft.Build.Framework.Required]
    public string Source { get; set; } = "";

    [Microsoft.Build.Framework.Required]
    public string Destination { get; set; } = "";

    [Microsoft.Build.Framework.Required]
    public string Version { get; set; } = "";

    /// <summary>Relaxes also where this machine has the version, because the files go to other machines.</summary>
    public bool Always { get; set; }

    public override bool Execute()
    {
        try
        {
            Log.LogMessage(
                Microsoft.Build.Framework.MessageImportance.Normal,
                RelaxedCopy.Write(Source, Destination, Version, !Always && HostLibrary.Defines(Version)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException or ArgumentException)
        {
            Log.LogError($"{Source}: could not write the relaxed copy {Destination}: {error.Message} See docs/native-library.md.");
        }

        return !Log.HasLoggedErrors;
    }
}
#endif
