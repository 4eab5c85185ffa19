using Microsoft.AspNetCore.Http;
using Orleans.Runtime;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Server.Api;

namespace PythiaOrleans.Server.Tests;

public sealed class ApiProblemsTests
{
    public static TheoryData<Exception, int, string> Table => new()
    {
        { new NotFoundException("x"), 404, "Not Found" },
        { new FileNotFoundException("x"), 404, "Not Found" },
        { new ConflictException("x"), 409, "Conflict" },
        { new ArgumentException("x"), 400, "Bad Request" },
        { new FormatException("x"), 400, "Bad Request" },
        { new DirectoryNotFoundException("x"), 400, "Bad Request" },
        { new AccessDeniedException("x"), 400, "Bad Request" },
        { new BadHttpRequestException("x", 413), 413, "Payload Too Large" },
        { new TooManyRequestsException("x"), 429, "Too Many Requests" },
        { new TimeoutException("x"), 503, "Service Unavailable" },
        { new SiloUnavailableException("x"), 503, "Service Unavailable" },
        { new StoreUnavailableException("x"), 503, "Service Unavailable" },
        { new SourceUnavailableException("x"), 503, "Service Unavailable" },
        { new InvalidDataException("x"), 500, "Internal Server Error" },
        { new IOException("x"), 500, "Internal Server Error" },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void Exception_HasAStatusWithItsStandardTitle(Exception error, int status, string title)
    {
        Assert.Equal(status, ApiProblems.StatusOf(error));
        Assert.Equal(title, ApiProblems.TitleOf(status));
    }

    [Fact]
    public void Exception_ThatWasNotForeseen_HasNone() => Assert.Null(ApiProblems.StatusOf(new InvalidOperationException()));

    [Theory]
    [InlineData(0, 100, 250, 0, 100, 100)]
    [InlineData(200, 100, 250, 200, 50, null)]
    [InlineData(250, 100, 250, 250, 0, null)]
    [InlineData(int.MaxValue, 1000, 250, 0, 0, null)]
    [InlineData(150, 100, 250, 150, 100, null)]
    [InlineData(149, 100, 250, 149, 100, 249)]
    public void Page_OfAList_SaysWhereTheNextOneIs(int skip, int take, int total, int first, int count, int? next)
    {
        var page = Page<int>.Create([.. Enumerable.Range(0, total)], skip, take, "/list?state=open");
        Assert.Equal(Enumerable.Range(first, count), page.Items);
        Assert.Equal(total, page.Total);
        Assert.Equal(next is null ? null : $"/list?state=open&skip={next}&take={take}", page.Next);
    }

    [Theory]
    [InlineData(-1, 10)]
    [InlineData(0, 0)]
    [InlineData(0, 1001)]
    public void Page_OutOfRange_IsRefused(int skip, int take) =>
        Assert.Throws<ArgumentException>(() => Page<int>.Create([], skip, take, "/list"));
}
