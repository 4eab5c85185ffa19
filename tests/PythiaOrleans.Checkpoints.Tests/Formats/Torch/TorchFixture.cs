namespace PythiaOrleans.Checkpoints.Tests;

/// <summary>Files that real PyTorch wrote; TorchArchives/make.py says how.</summary>
internal static class TorchFixture
{
    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "TorchArchives", name);

    public static byte[] Bytes(string name) => File.ReadAllBytes(PathOf(name));
}
