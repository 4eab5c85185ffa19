using PythiaOrleans.Checkpoints.Sources;

namespace PythiaOrleans.Testing;

/// <summary>Hears what sources tell the user until it is disposed; notices of other tests may be among it.</summary>
internal sealed class Notices : IDisposable
{
    private readonly List<string> _told = [];

    public Notices() => SourceNotices.Reported += Hear;

    public IReadOnlyList<string> Told
    {
        get
        {
            lock (_told)
            {
                return [.. _told];
            }
        }
    }

    public void Dispose() => SourceNotices.Reported -= Hear;

    private void Hear(string notice)
    {
        lock (_told)
        {
            _told.Add(notice);
        }
    }
}
