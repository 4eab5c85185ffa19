using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>What people reported of blob storage and Redis: the commands of each case's README, and what must happen.</summary>
public sealed class StorageCases
{
    /// <summary>One sentence and exit code 1, whatever asks, and whatever blob storage answers.</summary>
    [Theory]
    [InlineData(403, "AuthenticationFailed", "refuses access")]
    [InlineData(403, "AuthorizationFailure", "refuses access")]
    [InlineData(404, "ContainerNotFound", "there is no such container")]
    [InlineData(0, "", "does not answer")]
    public async Task BlobStorage_ThatRefuses_IsASentence(int status, string code, string expected)
    {
        using var run = await CaseRun.MakeAsync("blob-storage-refuses");
        await using var storage = status == 0 ? null : await RefuseAsync(status, code);
        var port = storage is null ? Ports.FindFree() : new Uri(storage.Urls.Single()).Port;
        run.Set(
            "AZURE_STORAGE_CONNECTION_STRING",
            "DefaultEndpointsProtocol=http;AccountName=devacct;AccountKey=YWJjZGVmZ2hpamtsbW5vcA==;"
                + $"BlobEndpoint=http://127.0.0.1:{port}/devacct");
        string[][] commands =
        [
            ["plan", "--source", "az://ckpts/x", "--models", "pythia-14m", "--steps", "0", "--analyses", "weight-moments"],
            ["status", "--store", "az://results/x"],
            ["sweep", "--source", run.Input, "--models", "mine", "--steps", "0", "--name", "s", "--store", "az://results/x",
                "--analyses", "weight-moments"],
        ];
        foreach (var command in commands)
        {
            string[] store = command[0] == "plan" ? ["--store", run.Store] : [];
            var (exit, output, errors) = await run.RunBareAsync([.. command, .. store]);
            Assert.True(exit == 1, $"{command[0]}: {exit} {output} {errors}");
            Assert.Contains(expected, errors, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ConnectionString_ThatMakesNoSense_IsCalledByItsVariable()
    {
        using var run = await CaseRun.MakeAsync("blob-storage-refuses");
        run.Set("AZURE_STORAGE_CONNECTION_STRING", "secret-of-mine");
        var (code, _, errors) = await run.RunBareAsync("status", "--store", "az://results/x");
        Assert.NotEqual(0, code);
        Assert.Contains("AZURE_STORAGE_CONNECTION_STRING", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-of-mine", errors, StringComparison.Ordinal);
    }

    /// <summary>A form that is not understood is refused at once, and no message holds the password.</summary>
    [Theory]
    [InlineData("http://:hunter2@127.0.0.1:6399/0")]
    [InlineData("redis://:hunter2@127.0.0.1:6399/zero")]
    public async Task Redis_AsAUrlThatMakesNoSense_IsRefusedAtOnce(string url)
    {
        using var run = await CaseRun.MakeAsync("blob-storage-refuses");
        foreach (var command in new string[][] { ["silo", "--role", "worker", "--redis", url], ["status", "--cluster", url] })
        {
            var (code, output, errors) = await run.RunAsync(command);
            Assert.NotEqual(0, code);
            Assert.Contains("redis://", output + errors, StringComparison.Ordinal);
            Assert.DoesNotContain("hunter2", output + errors, StringComparison.Ordinal);
        }
    }

    /// <summary>A URL is understood: the message is that no answer comes from there, at the URL's own host and port.</summary>
    [Fact]
    public async Task Redis_AsAUrl_IsUnderstood()
    {
        using var run = await CaseRun.MakeAsync("blob-storage-refuses");
        var port = Ports.FindFree();
        var (code, output, errors) = await run.RunAsync("silo", "--role", "worker", "--redis", $"redis://:hunter2@127.0.0.1:{port}/0");
        Assert.NotEqual(0, code);
        Assert.Contains($"127.0.0.1:{port} does not answer", output + errors, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", output + errors, StringComparison.Ordinal);
    }

    private static async Task<WebApplication> RefuseAsync(int status, string code)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.Run(async context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers["x-ms-error-code"] = code;
            context.Response.ContentType = "application/xml";
            if (context.Request.Method != "HEAD")
            {
                await context.Response.WriteAsync($"<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>No.</Message></Error>");
            }
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }
}
