using System.Net;
using Azure;
using Azure.Core;
using Azure.Identity;
using Azure.Storage.Blobs;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Core.Tests;

public sealed class StorageFailureTests
{
    private static readonly Type StoreAway = typeof(StoreUnavailableException);
    private static readonly Type SourceAway = typeof(SourceUnavailableException);
    private static readonly Type Denied = typeof(AccessDeniedException);

    private const string Place = "az://results/pre";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<Exception, Type, Type> Table => new()
    {
        // What Azure.Core throws when all its attempts failed at the network.
        { new AggregateException(
            new RequestFailedException("refused"),
            new RequestFailedException("refused")), StoreAway, SourceAway },
        { new AggregateException(new TaskCanceledException()), StoreAway, SourceAway },
        { new RequestFailedException("no such host"), StoreAway, SourceAway },
        { new RequestFailedException(503, "busy", "ServerBusy", null), StoreAway, SourceAway },
        { new RequestFailedException(400, "bad", "InvalidHeaderValue", null), StoreAway, SourceAway },
        { new TaskCanceledException("a timeout inside"), StoreAway, SourceAway },
        { new TimeoutException(), StoreAway, SourceAway },
        { new IOException("cut while reading"), StoreAway, SourceAway },
        { new AuthenticationFailedException("the identity endpoint is away"), StoreAway, SourceAway },

        // A store that refuses stops every shard; a source that refuses is the failure of one checkpoint.
        { new RequestFailedException(403, "no", "AuthorizationFailure", null), StoreAway, Denied },
        { new RequestFailedException(
            401, "no", "InvalidAuthenticationInfo", null), StoreAway, Denied },
        { new CredentialUnavailableException("no identity here"), StoreAway, Denied },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public async Task Failure_OfAzure_IsToldByRole(Exception error, Type ofStore, Type ofSource)
    {
        foreach (var (role, expected) in new[] { (BlobRole.Store, ofStore), (BlobRole.Source, ofSource) })
        {
            var told = await Record.ExceptionAsync(
                () => StorageFailure.AzureAsync(Place, role, Stop, () => Task.FromException<int>(error)));
            Assert.IsType(expected, told);
            Assert.Contains(Place, told.Message, StringComparison.Ordinal);
            Assert.Contains("Check", told.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', told.Message);
        }
    }

    [Fact]
    public async Task Caller_WhoGaveUp_IsNoFailureOfTheStorage()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAsync<TaskCanceledException>(() =>
            StorageFailure.AzureAsync(Place, BlobRole.Store, cancelled.Token, () => Task.FromException<int>(new TaskCanceledException())));
        await Assert.ThrowsAsync<ArgumentNullException>(() =>
            StorageFailure.AzureAsync(Place, BlobRole.Store, Stop, () => Task.FromException<int>(new ArgumentNullException("ours"))));
    }

    /// <summary>Every method of the store, against a port where nobody listens.</summary>
    [Fact]
    public async Task Container_OnAClosedPort_IsUnavailableForEveryQuestion()
    {
        var options = new BlobClientOptions();
        options.Retry.MaxRetries = 1;
        options.Retry.Delay = TimeSpan.FromMilliseconds(1);
        options.Retry.Mode = RetryMode.Fixed;
        var store = new AzureBlobStore(
            new BlobContainerClient(new Uri($"http://127.0.0.1:{Ports.FindFree()}/account/results"), options), "pre");
        Func<Task>[] questions =
        [
            () => store.TryCreateAsync("a", default, Stop), () => store.WriteAsync("a", default, Stop), () => store.ReadAsync("a", Stop),
            () => store.ReadRangeAsync("a", 0, 1, Stop), () => store.ExistsAsync("a", Stop), () => store.DeleteAsync("a", Stop),
            () => store.ListAsync("", Stop).ToArrayAsync(Stop).AsTask(), () => store.ContainerExistsAsync(Stop),
        ];
        foreach (var question in questions)
        {
            var error = await Assert.ThrowsAsync<StoreUnavailableException>(question);
            Assert.StartsWith("az://results/pre does not answer: ", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Folder_ThatCannotBeWritten_IsUnavailable()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["file"], "no folder", Stop);
        var store = new FolderBlobStore(folder["file"]);
        Func<Task>[] questions = [() => store.TryCreateAsync("a/b", default, Stop), () => store.WriteAsync("a/b", default, Stop)];
        foreach (var question in questions)
        {
            var error = await Assert.ThrowsAsync<StoreUnavailableException>(question);
            Assert.Contains(folder["file"], error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("https://account.blob.core.windows.net/c", null, true)]
    [InlineData("https://account.z12.blob.storage.azure.net/c", null, true)]
    [InlineData("https://account.blob.core.chinacloudapi.cn/c", null, true)]
    [InlineData("https://account.blob.core.usgovcloudapi.net/c", null, true)]
    [InlineData("https://ACCOUNT.BLOB.CORE.WINDOWS.NET/c", null, true)]
    [InlineData("http://account.blob.core.windows.net/c", null, false)]
    [InlineData("https://evil.example/c", null, false)]
    [InlineData("https://blob.core.windows.net.evil.example/c", null, false)]
    [InlineData("https://evilblob.core.windows.net/c", null, false)]
    [InlineData("https://.blob.core.windows.net.evil/c", null, false)]
    [InlineData("https://localhost:8443/c", null, false)]
    [InlineData("https://storage.my.lab/c", "other.lab, storage.my.lab", true)]
    [InlineData("https://a.my.lab/c", ".my.lab", true)]
    [InlineData("https://my.lab.evil/c", ".my.lab", false)]
    [InlineData("https://evilmy.lab/c", "my.lab", false)]
    public void Identity_IsShownToKnownHostsOnly(string address, string? further, bool trusted)
    {
        if (Uri.TryCreate(address, UriKind.Absolute, out var uri))
        {
            Assert.Equal(trusted, IdentityHosts.IsTrusted(uri, further));
        }
        else
        {
            Assert.False(trusted);
        }
    }

    [Theory]
    [InlineData("https://evil.example/container/prefix")]
    [InlineData("http://account.blob.core.windows.net/container")]
    public void Address_OfAnUnknownHostWithoutASas_IsRefusedForSourcesAndStores(string address)
    {
        foreach (var open in new Action[] { () => BlobStores.OpenAzure(address), () => BlobStores.Open(address) })
        {
            var error = Assert.Throws<ArgumentException>(open);
            Assert.Contains(IdentityHosts.Variable, error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("az://ab")]
    [InlineData("az://Capital")]
    [InlineData("az://two--dashes")]
    [InlineData("az://-dash")]
    [InlineData("az:///prefix")]
    [InlineData("https://")]
    public void Address_ThatNamesNoContainer_IsRefusedAtOnce(string address) =>
        Assert.Throws<ArgumentException>(() => BlobStores.Open(address));
}
