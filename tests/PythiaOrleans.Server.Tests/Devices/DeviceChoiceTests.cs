using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Cluster.Workers;
using PythiaOrleans.Server.Configuration;
using PythiaOrleans.Server.Devices;
using PythiaOrleans.Server.Hosting;

namespace PythiaOrleans.Server.Tests;

public sealed class DeviceChoiceTests
{
    private const string NoDriver = "this machine has no NVIDIA driver";

    [Theory]
    [InlineData("auto", 0, "cpu")]
    [InlineData("auto", 2, "cuda:0 cuda:1")]
    [InlineData("cpu", 2, "cpu")]
    [InlineData("cuda", 3, "cuda:0 cuda:1 cuda:2")]
    [InlineData("cuda:1", 2, "cuda:1")]
    [InlineData("cuda:1,cuda:0,cuda:1", 2, "cuda:1 cuda:0")]
    public void Devices_OfASetting_AreThoseOfTheMachine(string setting, int gpus, string expected) =>
        Assert.Equal(expected, string.Join(' ', DeviceChoice.Devices(setting, () => gpus, () => null)));

    [Theory]
    [InlineData("cuda", 0, "cuda:0", NoDriver)]
    [InlineData("cuda:0", 0, "cuda:0", NoDriver)]
    [InlineData("cuda:0,cuda:4", 4, "cuda:4", "cuda:0 to cuda:3")]
    public void Gpu_ThatIsNotThere_IsRefusedByTheOptionsName(string setting, int gpus, string missing, string reason)
    {
        var error = Assert.Throws<ArgumentException>(() => DeviceChoice.Devices(setting, () => gpus, () => gpus == 0 ? NoDriver : null));
        Assert.All(
            ["Worker:Device", setting, missing, reason, "docs/gpu.md"],
            words => Assert.Contains(words, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Processor_IsTakenWithoutLookingForCuda() =>
        Assert.Equal([ComputeDevice.Cpu], DeviceChoice.Devices("cpu", () => throw new InvalidOperationException("looked"), () => null));

    [Theory]
    [InlineData("auto", null, "cpu")]
    [InlineData("cuda:0,cuda:1", null, "cuda:0 cuda:1")]
    [InlineData("cuda:0,cuda:1", 6, "cuda:0 cuda:1")]
    public void Slots_AreOneAGpu_OrOneACore(string setting, int? slots, string names)
    {
        var devices = DeviceChoice.Devices(setting, () => setting == "auto" ? 0 : 2, () => null);
        var (count, all) = DeviceChoice.FromOptions(new WorkerOptions { Device = setting, Slots = slots }, devices, _ => 7L << 30);
        Assert.Equal(slots ?? (setting == "auto" ? Environment.ProcessorCount : 2), count);
        Assert.Equal(names, string.Join(' ', all.All.Select(device => device.Name)));
        Assert.All(all.All, device => Assert.Equal(7L << 30, device.Memory.Bytes));
    }

    [Fact]
    public void Memory_ThatIsConfigured_IsEveryDevicesBudget()
    {
        var (_, devices) = DeviceChoice.FromOptions(
            new WorkerOptions { Memory = 5L << 30 }, [ComputeDevice.Gpu(0), ComputeDevice.Gpu(1)], _ => 1);
        Assert.All(devices.All, device => Assert.Equal(5L << 30, device.Memory.Bytes));
    }

    [Fact]
    public void ControlSilo_HasNoSlots_WhateverItsDevice()
    {
        var (slots, _) = DeviceChoice.FromOptions(
            new PythiaOptions { Role = SiloRole.Control, Worker = new WorkerOptions { Device = "cuda:999" } });
        Assert.Equal(0, slots);
    }

    [Fact]
    public async Task Silo_WhoseGpuIsNotThere_DoesNotStart()
    {
        var options = new PythiaOptions
        {
            Store = Path.GetTempPath(),
            Worker = new WorkerOptions { Device = "cuda:999" },
            Silo = new SiloEndpointOptions { Port = 0, GatewayPort = 0 },
        };
        var error = await Assert.ThrowsAsync<ArgumentException>(
            () => SiloHost.StartAsync(options, null, SiloLogs.Quiet, TestContext.Current.CancellationToken));
        Assert.Contains("Worker:Device", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda:")]
    [InlineData("cuda:0;cuda:1")]
    [InlineData("cpu,cuda:0")]
    public void Setting_ThatNobodyUnderstands_IsRefusedWithTheConfiguration(string setting)
    {
        var error = Assert.Throws<ArgumentException>(() => SiloConfiguration.Read(null, [new("Worker:Device", setting)]));
        Assert.Contains("Worker:Device", error.Message, StringComparison.Ordinal);
        Assert.Contains("cuda:0,cuda:1", error.Message, StringComparison.Ordinal);
    }
}
