namespace PythiaOrleans.Checkpoints.Tests;

/// <summary>Requests, and the bytes of them and of their answers.</summary>
internal sealed class Traffic
{
    private long _bytes;
    private int _requests;

    public long Bytes => Interlocked.Read(ref _bytes);

    public int Requests => _requests;

    public void Add(long bytes)
    {
        Interlocked.Add(ref _bytes, bytes);
        Interlocked.Increment(ref _requests);
    }
}
