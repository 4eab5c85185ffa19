using System.Net;
using PythiaOrleans.Server.Membership;

namespace PythiaOrleans.Server.Tests;

/// <summary>Redis as a URL (the case redis-as-a-url).</summary>
public sealed class RedisUrlTests
{
    [Theory]
    [InlineData("redis://127.0.0.1:6399", "127.0.0.1", 6399, null, null, null, false)]
    [InlineData("redis://:hunter2@cache:6399/0", "cache", 6399, null, "hunter2", 0, false)]
    [InlineData("rediss://me:p%40ss%3Aword@cache.example/3", "cache.example", 6379, "me", "p@ss:word", 3, true)]
    [InlineData("redis://[::1]:6380", "::1", 6380, null, null, null, false)]
    public void Url_IsUnderstood(string url, string host, int port, string? user, string? password, int? database, bool ssl)
    {
        var options = RedisGuard.Parse(url);
        var (name, at) = Assert.Single(options.EndPoints) switch
        {
            DnsEndPoint dns => (dns.Host, dns.Port),
            IPEndPoint ip => (ip.Address.ToString(), ip.Port),
            var other => throw new InvalidOperationException($"{other}"),
        };
        Assert.Equal((host, port), (name, at));
        Assert.Equal((user, password, database, ssl), (options.User, options.Password, options.DefaultDatabase, options.Ssl));
        Assert.False(options.AbortOnConnectFail);
    }

    [Theory]
    [InlineData("http://:hunter2@cache:6379")]
    [InlineData("redis://:hunter2@")]
    [InlineData("redis://:hunter2@cache/zero")]
    [InlineData("redis://:hunter2@cache?ssl=true")]
    [InlineData("redis+sentinel://:hunter2@cache")]
    [InlineData("cache:6379:7,password=hunter2")]
    public void Url_ThatIsNotUnderstood_IsRefusedWithoutThePassword(string url)
    {
        var error = Assert.Throws<ArgumentException>(() => RedisGuard.Parse(url));
        Assert.StartsWith("Redis: expected host:port", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cache:6379,password=hunter2,ssl=true")]
    [InlineData("cache")]
    public void OwnForm_StaysAsItIs(string text) => Assert.Single(RedisGuard.Parse(text).EndPoints);
}
