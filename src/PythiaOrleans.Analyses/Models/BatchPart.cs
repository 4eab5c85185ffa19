using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Models;

/// <summary>Some rows of a token batch that pass through the blocks together.</summary>
internal sealed class BatchPart
{
    private BatchPart(long[][] rows, Device device)
    {
        Rows = rows;
        Tokens = tensor(rows.SelectMany(row => row).ToArray(), [rows.Length, rows[0].Length]);
        if (device.type != DeviceType.CPU)
        {
            Tokens = Tokens.to(device);
        }
    }

    /// <summary>Token ids [rows][length].</summary>
    public long[][] Rows { get; }

    /// <summary>The same on the device [rows, length], int64; the caller's scope frees it.</summary>
    public Tensor Tokens { get; }

    /// <summary>The batch, in pieces of as many rows as the plan says.</summary>
    public static BatchPart[] Split(long[][] batch, PassPlan plan) =>
        [.. batch.Chunk(plan.RowsAtATime ?? batch.Length).Select(rows => new BatchPart(rows, plan.Device))];
}
