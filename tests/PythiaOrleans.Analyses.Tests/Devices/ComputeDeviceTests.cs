using System.Runtime.InteropServices;
using PythiaOrleans.Analyses.Devices;
using TorchSharp;

namespace PythiaOrleans.Analyses.Tests;

public sealed class ComputeDeviceTests
{
    [Theory]
    [InlineData("cpu", "cpu", false)]
    [InlineData("cuda:0", "cuda", true)]
    [InlineData("cuda:11", "cuda", true)]
    public void Device_IsPrintedAsItIsRead(string text, string kind, bool isCuda)
    {
        var device = ComputeDevice.Parse(text);
        Assert.Equal((text, kind, isCuda), (device.ToString(), device.Kind, device.IsCuda));
        Assert.Equal(device, ComputeDevice.Parse(device.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("CPU")]
    [InlineData("cuda")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:+1")]
    [InlineData("cuda: 1")]
    [InlineData("cuda:2147483647")]
    [InlineData("cpu:0")]
    public void Device_OfAnotherSpelling_SaysWhatIsExpected(string text)
    {
        var error = Assert.Throws<FormatException>(() => ComputeDevice.Parse(text));
        Assert.Contains("cuda:0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Device_ThatNobodyNamed_IsTheProcessor()
    {
        Assert.Equal(ComputeDevice.Cpu, default);
        Assert.True(ComputeDevice.Cpu.IsAvailable);
        Assert.Equal(DeviceType.CPU, ComputeDevice.Cpu.Torch.type);
    }

    [Fact]
    public void Gpu_BeyondTheLast_IsNotAvailable_AndAskingDoesNotThrow() => Assert.False(ComputeDevice.Gpu(Cuda.DeviceCount).IsAvailable);

    /// <summary>On machines with a GPU there is nothing to say; on others the message must lead to one of the ways out.</summary>
    [Fact]
    public void Absence_OfGpus_SaysWhatToDo() => Assert.Equal(
        Cuda.DeviceCount == 0, Cuda.Absence() is { } reason
            && (reason.Contains("nvidia-smi", StringComparison.Ordinal) || reason.Contains("-p:Cuda=true", StringComparison.Ordinal)));

    [Fact]
    public void TestDevice_ThatIsNotThere_Fails()
    {
        var error = Assert.Throws<InvalidOperationException>(() => TestDevice.Find("cuda:999"));
        Assert.Contains("cuda:999", error.Message, StringComparison.Ordinal);
        Assert.Equal(ComputeDevice.Cpu, TestDevice.Find(null));
    }

    /// <summary>Deterministic algorithms cost speed and change bytes: only a GPU asks for them.</summary>
    [Fact]
    public void Processor_NeverAsksForDeterministicAlgorithms()
    {
        _ = ComputeDevice.Cpu.Torch;
        _ = TestDevice.Device.Torch;
        Assert.Equal(TestDevice.Device.IsCuda, Determinism.IsOn);
    }

    /// <summary>libtorch's own words, not ours: 128 TiB, which no machine has.</summary>
    [Fact]
    public void OutOfMemory_OfLibtorch_IsRecognised()
    {
        var error = Assert.ThrowsAny<Exception>(() => torch.zeros([1L << 45]));
        Assert.True(OutOfMemory.IsCauseOf(error), error.Message);
        Assert.True(OutOfMemory.IsCauseOf(new InvalidOperationException("wrapped", error)));
        Assert.True(OutOfMemory.IsCauseOf(new AggregateException(new InvalidDataException("other"), error)));
        Assert.DoesNotContain('\n', OutOfMemory.Describe(error));
    }

    /// <summary>Messages that this machine's libtorch cannot give, as PyTorch 2.10's sources spell them.</summary>
    [Theory]
    [InlineData("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.11 GiB of which 1.20 GiB is free.", true)]
    [InlineData("CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported at some other API call", true)]
    [InlineData("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`", true)]
    [InlineData("CUDA error: an illegal memory access was encountered", false)]
    [InlineData("The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 0", false)]
    public void OutOfMemory_IsToldFromOtherErrorsOfLibtorch(string message, bool expected) =>
        Assert.Equal(expected, OutOfMemory.IsCauseOf(new ExternalException(message)));

    [Fact]
    public void OutOfMemory_OfTheRuntime_IsRecognised()
    {
        Assert.True(OutOfMemory.IsCauseOf(new OutOfMemoryException()));
        Assert.False(OutOfMemory.IsCauseOf(new InvalidDataException("The file ran out of memory of itself.")));
    }
}
