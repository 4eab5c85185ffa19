using System.Globalization;
using System.Text.RegularExpressions;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>A silo in its own process, started anew by whoever watches over it when it dies.</summary>
internal sealed partial class SiloProcess(
    string role, IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> options) : IDisposable
{
    private readonly List<PythiaProcess> _lives = [];

    public string Role { get; } = role;

    public PythiaProcess Current => _lives[^1];

    public int Id => Current.Process.Id;

    public int Lives => _lives.Count;

    /// <summary>What all its lives have said.</summary>
    public string Log =>
        string.Join("\n", _lives.Select((life, i) => $"--- {Role}, life {i + 1} (process {life.Process.Id}) ---\n{life.Errors}"));

    public bool IsUp => Up().IsMatch(Current.Errors);

    public Uri Http => new(Up().Match(Current.Errors).Groups[1].Value);

    public void Start() => _lives.Add(PythiaProcess.StartOther("faulty-silo.dll", environment, [.. options]));

    public void Kill()
    {
        Current.Process.Kill();
        Current.Process.WaitForExit();
    }

    public void Signal(string signal)
    {
        using var kill = System.Diagnostics.Process.Start("kill", [$"-{signal}", Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public void Dispose() => _lives.ForEach(life => life.Dispose());

    [GeneratedRegex(@"Silo is up: (http://\S+)")]
    private static partial Regex Up();
}
