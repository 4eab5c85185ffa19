using System.Text;

namespace PythiaOrleans.Bench.Gpu;

/// <summary>The names that a library expects of others, from its dynamic symbol table.</summary>
/// <remarks>
/// Source: System V ABI, ELF-64. A lazily bound function that is missing shows only when it is called: this shows it before.
/// </remarks>
internal static class UndefinedSymbols
{
    private const uint DynamicSymbols = 11; // SHT_DYNSYM
    private const int Weak = 2; // STB_WEAK: may be missing
    private const int SymbolBytes = 24;

    /// <summary>The names, without weak ones.</summary>
    /// <exception cref="InvalidDataException">The file is no 64-bit little-endian ELF file with a dynamic symbol table.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        var file = File.ReadAllBytes(path);
        if (file is not [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, ..])
        {
            throw new InvalidDataException($"{path}: expected a 64-bit little-endian ELF file, found another one.");
        }

        var sections = (int)BitConverter.ToInt64(file, 0x28);
        var (size, count) = (BitConverter.ToUInt16(file, 0x3a), BitConverter.ToUInt16(file, 0x3c));
        for (var i = 0; i < count; i++)
        {
            var section = sections + (i * size);
            if (BitConverter.ToUInt32(file, section + 4) == DynamicSymbols)
            {
                return Read(file, section, sections + (BitConverter.ToInt32(file, section + 0x28) * size));
            }
        }

        throw new InvalidDataException($"{path}: expected a dynamic symbol table, found none.");
    }

    private static List<string> Read(byte[] file, int section, int namesSection)
    {
        var (first, bytes) = ((int)BitConverter.ToInt64(file, section + 0x18), (int)BitConverter.ToInt64(file, section + 0x20));
        var names = (int)BitConverter.ToInt64(file, namesSection + 0x18);
        var found = new List<string>();
        for (var symbol = first + SymbolBytes; symbol < first + bytes; symbol += SymbolBytes)
        {
            var isUndefined = BitConverter.ToUInt16(file, symbol + 6) == 0;
            if (isUndefined && file[symbol + 4] >> 4 != Weak)
            {
                var name = names + BitConverter.ToInt32(file, symbol);
                found.Add(Encoding.ASCII.GetString(file, name, Array.IndexOf(file, (byte)0, name) - name));
            }
        }

        return found;
    }
}
