using System.Collections.Concurrent;
using Orleans.Runtime;

namespace PythiaOrleans.Cluster.Tests;

/// <summary>Reminders that outlive silos, as Redis keeps them.</summary>
internal sealed class SharedReminderTable : IReminderTable
{
    private readonly ConcurrentDictionary<(GrainId Grain, string Name), ReminderEntry> _rows = new();

    /// <summary>What is awaited before a reminder is written.</summary>
    public Func<Task> Writing { get; set; } = () => Task.CompletedTask;

    /// <summary>How many sweeps are marked as running.</summary>
    public int Count => _rows.Count;

    public Task<ReminderTableData> ReadRows(GrainId grainId) =>
        Task.FromResult(new ReminderTableData(_rows.Values.Where(row => row.GrainId == grainId)));

    public Task<ReminderTableData> ReadRows(uint begin, uint end) => Task.FromResult(new ReminderTableData(_rows.Values.Where(row =>
        begin < end ? row.GrainId.GetUniformHashCode() > begin && row.GrainId.GetUniformHashCode() <= end
            : row.GrainId.GetUniformHashCode() > begin || row.GrainId.GetUniformHashCode() <= end)));

    public Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName) =>
        Task.FromResult(_rows.GetValueOrDefault((grainId, reminderName)));

    public async Task<string?> UpsertRow(ReminderEntry entry)
    {
        await Writing();
        entry.ETag = Guid.NewGuid().ToString("N");
        _rows[(entry.GrainId, entry.ReminderName)] = entry;
        return entry.ETag;
    }

    public Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag) =>
        Task.FromResult(_rows.TryRemove((grainId, reminderName), out _));

    public Task TestOnlyClearTable()
    {
        _rows.Clear();
        return Task.CompletedTask;
    }
}
