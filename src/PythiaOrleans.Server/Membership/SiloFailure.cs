namespace PythiaOrleans.Server.Membership;

/// <summary>
/// That a silo is no member any more: its process should end with an error, at once, and without taking leave of anybody.
/// </summary>
internal sealed class SiloFailure
{
    private readonly TaskCompletionSource _occurred = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the process should.</summary>
    public Task Occurred => _occurred.Task;

    /// <summary>The process should end.</summary>
    public void Set() => _occurred.TrySetResult();
}
