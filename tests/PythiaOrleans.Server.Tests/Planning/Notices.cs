using PythiaOrleans.Checkpoints.Sources;

namespace PythiaOrleans.Server.Tests;

/// <summary>What sources tell the user while something runs; other tests' notices may be among it.</summary>
internal static class Notices
{
    public static async Task<IReadOnlyList<string>> DuringAsync(Func<Task> act)
    {
        var told = new List<string>();
        void Hear(string notice)
        {
            lock (told)
            {
                told.Add(notice);
            }
        }

        SourceNotices.Reported += Hear;
        try
        {
            await act();
        }
        finally
        {
            SourceNotices.Reported -= Hear;
        }

        lock (told)
        {
            return [.. told];
        }
    }
}
