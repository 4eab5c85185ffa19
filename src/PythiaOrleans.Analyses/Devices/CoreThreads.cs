using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace PythiaOrleans.Analyses.Devices;

/// <summary>Independent pieces of work on all cores, one thread a core, on each of which libtorch uses one thread itself.</summary>
/// <remarks>
/// Two matrices on one thread each take as long as one after the other on two threads where the machine is quiet, and a tenth where it is
/// not: libtorch's threads wait for each other in busy loops. And a matrix's numbers do not depend on the number of cores. The threads are
/// the work's own, so that none of libtorch's settings reaches the pool, nor a wait the grains. All slots of a process share its cores: as
/// many items are worked on at a time as there are cores, whichever task they belong to.
/// </remarks>
internal static class CoreThreads
{
    /// <summary>
    /// Threads that feed one GPU: its kernels come one after the other, and each thread holds a matrix and its Gram matrix there.
    /// </summary>
    public const int MaxForGpu = 4;

    private static readonly SemaphoreSlim Cores = new(Environment.ProcessorCount);
    private static readonly Lock Gathering = new();

    /// <summary>
    /// On all cores: see <see cref="Map{TItem,TResult}(IReadOnlyList{TItem}, Func{TItem, double}, Func{TItem, TResult}, int,
    /// CancellationToken)"/>.
    /// </summary>
    public static TResult[] Map<TItem, TResult>(
        IReadOnlyList<TItem> items, Func<TItem, double> cost, Func<TItem, TResult> work, CancellationToken cancellationToken) =>
        Map(items, cost, work, Environment.ProcessorCount, cancellationToken);

    /// <summary>The results in the order of the items; the first failure is thrown once all threads have ended.</summary>
    /// <param name="items">What to work on.</param>
    /// <param name="cost">Dear items start first, so that none is left over at the end.</param>
    /// <param name="work">Must not touch what other items touch.</param>
    /// <param name="most">Threads at the most.</param>
    /// <param name="cancellationToken">Checked before each item.</param>
    public static TResult[] Map<TItem, TResult>(
        IReadOnlyList<TItem> items, Func<TItem, double> cost, Func<TItem, TResult> work, int most, CancellationToken cancellationToken) =>
        Map(items, cost, work, most, Native.UseOneThread, cancellationToken);

    /// <summary>
    /// On all cores, work that calls nothing of libtorch: a process that only counts and fits does not load its half gigabyte.
    /// </summary>
    /// <inheritdoc cref="Map{TItem,TResult}(IReadOnlyList{TItem}, Func{TItem, double}, Func{TItem, TResult}, int, CancellationToken)"/>
    public static TResult[] MapOnHost<TItem, TResult>(
        IReadOnlyList<TItem> items, Func<TItem, double> cost, Func<TItem, TResult> work, CancellationToken cancellationToken) =>
        Map(items, cost, work, Environment.ProcessorCount, () => { }, cancellationToken);

    /// <summary>Pieces of work that give nothing back, on threads as above.</summary>
    /// <param name="pieces">Started in this order.</param>
    /// <param name="most">Threads at the most.</param>
    /// <param name="cancellationToken">Checked before each piece.</param>
    public static void Run(IReadOnlyList<Action> pieces, int most, CancellationToken cancellationToken) =>
        Map(pieces, _ => 1, Call, most, cancellationToken);

    private static bool Call(Action piece)
    {
        piece();
        return true;
    }

    private static TResult[] Map<TItem, TResult>(
        IReadOnlyList<TItem> items,
        Func<TItem, double> cost,
        Func<TItem, TResult> work,
        int most,
        Action prepareThread,
        CancellationToken cancellationToken)
    {
        var results = new TResult[items.Count];
        var queue = new ConcurrentQueue<int>(Enumerable.Range(0, items.Count).OrderByDescending(item => cost(items[item])));
        ExceptionDispatchInfo? failure = null;
        var threads = Enumerable.Range(0, Math.Min(most, items.Count)).Select(_ => new Thread(Run) { Name = "core", IsBackground = true })
            .ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        failure?.Throw();
        return results;

        void Run()
        {
            try
            {
                prepareThread();
                while (failure is null && queue.TryDequeue(out var item))
                {
                    Cores.Wait(cancellationToken);
                    try
                    {
                        results[item] = work(items[item]);
                    }
                    finally
                    {
                        Cores.Release();
                    }
                }
            }
            catch (Exception error)
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(error), null);
            }
        }
    }

    /// <summary>
    /// One piece of work on one core, on a thread where libtorch uses one thread: for what is so small that several tasks do better side by
    /// side.
    /// </summary>
    public static TResult One<TResult>(Func<TResult> work, CancellationToken cancellationToken) =>
        Map([0], _ => 1, _ => work(), 1, cancellationToken)[0];

    /// <summary>One piece of work that has all cores to itself, through libtorch's own threads.</summary>
    /// <param name="work">Runs on this thread. Must not ask for cores itself.</param>
    /// <param name="cancellationToken">Ends the wait for the cores.</param>
    public static TResult All<TResult>(Func<TResult> work, CancellationToken cancellationToken)
    {
        var gathered = 0;
        try
        {
            lock (Gathering) // two that each hold half of the cores would wait for each other without end
            {
                for (; gathered < Environment.ProcessorCount; gathered++)
                {
                    Cores.Wait(cancellationToken);
                }
            }

            return work();
        }
        finally
        {
            if (gathered > 0)
            {
                Cores.Release(gathered);
            }
        }
    }

    /// <inheritdoc cref="All{TResult}(Func{TResult}, CancellationToken)"/>
    public static void All(Action work, CancellationToken cancellationToken) => All(() => Call(work), cancellationToken);

    /// <summary>
    /// Thread-local settings of the libraries in libtorch: <c>torch.set_num_threads</c> would change those of all threads.
    /// </summary>
    private static unsafe class Native
    {
        private static readonly nint Library = Load();
        private static readonly delegate* unmanaged<int, int> MklSetLocal =
            (delegate* unmanaged<int, int>)Find("MKL_Set_Num_Threads_Local");
        private static readonly delegate* unmanaged<int, void> OmpSet = (delegate* unmanaged<int, void>)Find("omp_set_num_threads");

        public static void UseOneThread()
        {
            _ = torch.get_num_threads(); // libtorch sets a thread's number when it first meets it: this must not come later
            if (MklSetLocal is not null)
            {
                _ = MklSetLocal(1);
            }

            if (OmpSet is not null)
            {
                OmpSet(1);
            }
        }

        private static nint Load()
        {
            torch.InitializeDeviceType(DeviceType.CPU);
            return NativeLibrary.TryLoad("libtorch_cpu.so", out var library) ? library : 0;
        }

        // Builds of libtorch for other processors have no MKL: there each thread keeps libtorch's own number.
        private static nint Find(string symbol) =>
            Library != 0 && NativeLibrary.TryGetExport(Library, symbol, out var address) ? address : 0;
    }
}
