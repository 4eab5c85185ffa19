using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Routing;
using Orleans.Dashboard;

namespace PythiaOrleans.Server.Api;

/// <summary>
/// Orleans' own dashboard. It compresses all its files when it is mapped, which took a fourteenth of a small sweep: that waits for the
/// first request.
/// </summary>
internal static class OrleansDashboard
{
    private const string Path = "/orleans";

    public static void Map(WebApplication app)
    {
        var pages = new Lazy<RequestDelegate>(() => Build(app.Services));
        app.Map(Path + "/{**page}", context =>
        {
            context.SetEndpoint(null); // its own routing chooses
            return pages.Value(context);
        }).ExcludeFromDescription().DisableRateLimiting();
    }

    private static RequestDelegate Build(IServiceProvider services)
    {
        var pages = new ApplicationBuilder(services);
        pages.UseRouting();
        pages.UseEndpoints(endpoints => endpoints.MapOrleansDashboard(Path).ExcludeFromDescription());
        return pages.Build();
    }
}
