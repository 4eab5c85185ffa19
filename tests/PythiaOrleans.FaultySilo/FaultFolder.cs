using System.Globalization;

namespace PythiaOrleans.FaultySilo;

/// <summary>What is to go wrong: files that a test writes and takes away.</summary>
internal sealed class FaultFolder(string folder)
{
    /// <summary>Milliseconds that every task takes longer: the content of the file <c>slow</c>.</summary>
    public int SlowMilliseconds => Read("slow") is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : 0;

    /// <summary>Whether a fault of that kind is set for a checkpoint: the file <c>kind.model@stepN</c>.</summary>
    public bool Has(string kind, string checkpoint) => File.Exists(Path.Combine(folder, $"{kind}.{checkpoint}"));

    /// <summary>Whether this process has the fault: the file <c>kind.pid</c>.</summary>
    public bool HasHere(string kind) => Has(kind, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));

    private string? Read(string name)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, name));
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }
}
