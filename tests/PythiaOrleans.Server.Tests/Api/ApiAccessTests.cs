using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using PythiaOrleans.Server.Api;
using PythiaOrleans.Server.Configuration;

namespace PythiaOrleans.Server.Tests;

public sealed class ApiAccessTests
{
    private const string Writer = "the writer's key";
    private const string Reader = "the reader's key";
    private const string Path = "/api/v1/sweeps";

    private static readonly string WriterBearer = $"Bearer {Writer}";
    private static readonly string ReaderBasic = $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"anyone:{Reader}"))}";

    public static TheoryData<string, string, string?, string?, int> WithKeys => new()
    {
        { "GET", Path, null, null, 401 },
        { "GET", Path, null, "Bearer wrong", 401 },
        { "GET", Path, null, "Basic !!!", 401 },
        { "GET", Path, null, "Basic bm9jb2xvbg==", 401 }, // 'nocolon'
        { "GET", Path, null, WriterBearer, 0 },
        { "GET", Path, null, ReaderBasic, 0 },
        { "GET", "/orleans", null, null, 401 },
        { "GET", "/", null, null, 401 },
        { "GET", "/healthz/live", null, null, 0 },
        { "GET", "/metrics", null, null, 0 },
        { "POST", Path, "application/json", WriterBearer, 0 },
        { "POST", Path, "application/json; charset=utf-8", WriterBearer, 0 },
        { "POST", Path, "application/json", ReaderBasic, 403 },
        { "DELETE", "/orleans/x", "application/json", ReaderBasic, 403 },
        { "POST", Path, "text/plain", WriterBearer, 415 },
        { "POST", Path, null, WriterBearer, 415 },
    };

    [Theory]
    [MemberData(nameof(WithKeys))]
    public void Request_ToASiloWithKeys_NeedsTheRightOne(string method, string path, string? type, string? authorization, int status)
    {
        using var access = Create(new LogLines(), Key("alice", Writer, ApiScope.Write), Key("grafana", Reader, ApiScope.Read));
        Assert.Equal(status, access.Refuse(Request(method, path, type, authorization)).Status);
    }

    [Theory]
    [InlineData("localhost", 0)]
    [InlineData("LOCALHOST:8080", 0)]
    [InlineData("127.0.0.1:8080", 0)]
    [InlineData("127.1.2.3", 0)]
    [InlineData("[::1]:8080", 0)]
    [InlineData("evil.example", 403)]
    [InlineData("localhost.evil.example", 403)]
    [InlineData("127.0.0.1.nip.io", 403)]
    [InlineData("10.0.0.1", 403)]
    [InlineData("", 403)]
    public void Request_ToASiloWithoutKeys_MustNameALoopbackHost(string host, int status)
    {
        using var access = Create(new LogLines());
        var request = Request("GET", Path, null, null);
        request.Request.Host = new HostString(host);
        Assert.Equal(status, access.Refuse(request).Status);
    }

    [Fact]
    public void WrongKeys_AreLoggedAndLimited_AndTheRightOneIsLetIn()
    {
        var log = new LogLines();
        using var access = Create(log, Key("alice", Writer, ApiScope.Write));
        var statuses = Enumerable.Range(0, 400).Select(
            i => access.Refuse(Request("GET", Path, null, $"Bearer wrong {i}")).Status).ToArray();

        Assert.Equal(20, statuses.Count(status => status == StatusCodes.Status401Unauthorized));
        Assert.Equal(380, statuses.Count(status => status == StatusCodes.Status429TooManyRequests));
        Assert.Equal(20, log.Lines.Count(line => line.Contains("192.0.2.7", StringComparison.Ordinal)));
        Assert.DoesNotContain(log.Lines, line => line.Contains("wrong 1", StringComparison.Ordinal)); // a mistyped key is nearly one
        Assert.Equal(0, access.Refuse(Request("GET", Path, null, WriterBearer)).Status);
        Assert.Equal(
            StatusCodes.Status401Unauthorized, access.Refuse(Request("GET", Path, null, null)).Status); // a browser may still ask for one
    }

    private static ApiAccess Create(LogLines log, params ApiKey[] keys) => new(new ApiOptions { Keys = keys }, log);

    private static ApiKey Key(string name, string key, ApiScope scope) =>
        new() { Name = name, Hash = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key))), Scope = scope };

    private static DefaultHttpContext Request(string method, string path, string? type, string? authorization)
    {
        var context = new DefaultHttpContext();
        (context.Request.Method, context.Request.Path, context.Request.ContentType) = (method, path, type);
        context.Request.Host = new HostString("silo.example");
        context.Request.Headers.Authorization = authorization;
        context.Connection.RemoteIpAddress = IPAddress.Parse("192.0.2.7");
        return context;
    }

    private sealed class LogLines : ILogger<ApiAccess>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        void ILogger.Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));
    }
}
