using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Cluster.Tests;

public sealed class TaskIdTests
{
    [Theory]
    [InlineData("all/pythia-160m@step3000", 0)]
    [InlineData("all/pythia-160m@step3000#2", 2)]
    public void TaskId_ReadsWhatItPrints(string text, int part)
    {
        var task = TaskId.Parse(text);

        Assert.Equal(new TaskId("all", new CheckpointId("pythia-160m", 3000), part), task);
        Assert.Equal(text, task.ToString());
    }

    [Theory]
    [InlineData("pythia-160m@step3000")]
    [InlineData("all/pythia-160m@step3000#0")]
    [InlineData("all/pythia-160m@step3000#")]
    [InlineData("a#1/pythia-160m@step3000")]
    public void TaskId_OfAnotherSpelling_IsRefused(string text) => Assert.Throws<FormatException>(() => TaskId.Parse(text));
}
