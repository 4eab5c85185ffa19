namespace PythiaOrleans.Server.Planning;

/// <summary>
/// How fast one core of a machine is, beside the core on which the rates of <see cref="CostModel"/> were measured: 2 is twice as fast.
/// </summary>
/// <param name="Products">Multiplying and adding in the widest registers: matrix products, passes, distances.</param>
/// <param name="Hashing">SHA-256.</param>
/// <param name="Counting">Adding 1 to one of 65,536 counters.</param>
/// <param name="Scalar">Logarithms and divisions of one number after the other: fits, and all that has no rate of its own.</param>
public sealed record MachineSpeed(double Products, double Hashing, double Counting, double Scalar)
{
    /// <summary>The core on which the rates were measured: a Xeon with AVX-512.</summary>
    public static MachineSpeed Reference { get; } = new(1, 1, 1, 1);

    /// <summary>This machine's. The first call measures it, which takes half a second.</summary>
    public static MachineSpeed Here => Measured.Value;

    private static Lazy<MachineSpeed> Measured { get; } = new(() => MachineProbe.Measure() / MachineProbe.OfReference);
}
