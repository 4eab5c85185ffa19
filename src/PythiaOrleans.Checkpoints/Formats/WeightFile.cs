using System.Security.Cryptography;
using System.Text;

namespace PythiaOrleans.Checkpoints.Formats;

/// <summary>One weight file: what it is called, how long it is and what its bytes are.</summary>
/// <param name="Name">The file's name without its folder.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">64 hexadecimal digits.</param>
public sealed record WeightFile(string Name, long Bytes, string Sha256)
{
    /// <summary>The digest that names a whole checkpoint: of the only file, or of the list of digests where there are several.</summary>
    public static string Combine(IReadOnlyList<WeightFile> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        return files.Count == 1
            ? files[0].Sha256
            : Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Join('\n', files.Select(file => file.Sha256)))));
    }
}
