using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.Models;

namespace PythiaOrleans.Analyses.Tests;

/// <summary>
/// Where the analyses' tests compute: the processor, or what <c>PYTHIA_TEST_DEVICE</c> names (<c>cuda</c> is the first GPU).
/// </summary>
internal static class TestDevice
{
    private const string Variable = "PYTHIA_TEST_DEVICE";

    /// <summary>
    /// The device. A GPU that was asked for and is not there fails every test that uses it: nobody shall take processors' results for its
    /// own.
    /// </summary>
    public static ComputeDevice Device { get; } = Find(Environment.GetEnvironmentVariable(Variable));

    /// <summary>A pass of all rows at once there.</summary>
    public static PassPlan Plan => new() { Device = Device.Torch };

    internal static ComputeDevice Find(string? name)
    {
        var device = name is null or "" ? ComputeDevice.Cpu : ComputeDevice.Parse(name == "cuda" ? "cuda:0" : name);
        return device.IsAvailable
            ? device
            : throw new InvalidOperationException(
                $"{Variable}={name}: expected {device}, found {Cuda.DeviceCount} GPUs: {Cuda.Absence() ?? "the number is too large"}.");
    }
}
