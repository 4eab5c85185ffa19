using PythiaOrleans.Numerics.Fits;

namespace PythiaOrleans.Numerics.Tests;

public sealed class AssignmentTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(-20)]
    public void Assignment_IsTheBestOfAllPermutations(int least)
    {
        var random = new Random(17);
        for (var draw = 0; draw < 200; draw++)
        {
            var n = random.Next(1, 7);
            var gains = Enumerable.Range(0, n).Select(_ => Enumerable.Range(0, n).Select(_ => random.Next(least, 21)).ToArray()).ToArray();
            var found = Assignment.Best(gains);
            Assert.Equal(Enumerable.Range(0, n), found.Order());
            Assert.Equal(Most(gains, 0, []), found.Select((column, row) => gains[row][column]).Sum());
        }
    }

    private static int Most(int[][] gains, int row, HashSet<int> taken) => row == gains.Length
        ? 0
        : Enumerable.Range(0, gains.Length).Where(column => !taken.Contains(column))
            .Max(column => gains[row][column] + Most(gains, row + 1, [.. taken, column]));
}
