using System.ComponentModel.DataAnnotations;

namespace PythiaOrleans.Cluster.Workers;

/// <summary>How one silo works. Read from the section <c>Worker</c>.</summary>
public sealed record WorkerOptions
{
    /// <summary>
    /// Where tasks are computed: <c>auto</c> (every GPU, or the processor where there is none), <c>cpu</c>, <c>cuda</c> (every GPU) or
    /// a list, <c>cuda:0,cuda:1</c>. Default: auto.
    /// </summary>
    [RegularExpression("^(auto|cpu|cuda|cuda:[0-9]{1,4}(,cuda:[0-9]{1,4})*)$",
        ErrorMessage = "{0}: expected auto, cpu, cuda, or a list as cuda:0,cuda:1.")]
    public string Device { get; init; } = "auto";

    /// <summary>
    /// Tasks that are computed at the same time, one thread each. 0 makes a silo that only coordinates. Default: one for each GPU, or
    /// for each core where there is none.
    /// </summary>
    [Range(0, 1024)]
    public int? Slots { get; init; }

    /// <summary>
    /// Bytes of each device that the tasks on it may take together, by their estimates. Default: 90 % of a GPU's memory, 80 % of what
    /// this process may use.
    /// </summary>
    [Range(1L << 20, long.MaxValue)]
    public long? Memory { get; init; }

    /// <summary>Tasks a slot that are fetched while it computes. Default: 2.</summary>
    [Range(0, 64)]
    public int Prefetch { get; init; } = 2;

    /// <summary>How often leases are renewed; well below the dispatcher's lease duration. Default: 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan HeartbeatPeriod { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a stopping silo lets its running tasks finish. Default: 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// A task that makes no progress for so long is stopped, and its slot goes on with the next one; the task is tried again, here or
    /// elsewhere, and the attempt is counted. Progress is an analysis that ends, or an answer of hub or storage while its files are
    /// fetched.
    /// Default: 20 times what the task's longest analysis takes on one core by the cost model, and at least 15 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "365.00:00:00")]
    public TimeSpan? StallLimit { get; init; }

    /// <summary>The slots, once devices are known.</summary>
    internal int SlotCount => Slots ?? Environment.ProcessorCount;
}
