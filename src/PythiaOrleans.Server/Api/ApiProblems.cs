using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Orleans.Runtime;

namespace PythiaOrleans.Server.Api;

/// <summary>Errors as problem+json (RFC 9457), with the sentences that the command line would print.</summary>
internal static class ApiProblems
{
    public static Task WriteAsync(HttpContext context, int status, string title, string detail)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(
            new ProblemDetails { Status = status, Title = title, Detail = detail, Instance = context.Request.Path }, ApiJson.Options, "application/problem+json", context.RequestAborted);
    }

    /// <summary>Turns what an endpoint throws into an answer.</summary>
    public static async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context).ConfigureAwait(false);
            if (context.Response is { StatusCode: >= StatusCodes.Status400BadRequest, HasStarted: false, ContentType: null })
            {
                // Routing and the reading of bodies set a status and say nothing.
                await WriteAsync(context, context.Response.StatusCode, TitleOf(context.Response.StatusCode), "docs/api.md describes the paths, their methods and their bodies.").ConfigureAwait(false);
            }
        }
        catch (Exception error) when (!context.Response.HasStarted && Answer(error) is var (status, title))
        {
            await WriteAsync(context, status, title, error.Message).ConfigureAwait(false);
        }
    }

    private static string TitleOf(int status) => status switch
    {
        StatusCodes.Status404NotFound => "Not there",
        StatusCodes.Status405MethodNotAllowed => "Not with this method",
        StatusCodes.Status413PayloadTooLarge => "The body is too large",
        _ => "The request makes no sense",
    };

    private static (int Status, string Title)? Answer(Exception error) => error switch
    {
        BadHttpRequestException bad => (bad.StatusCode, TitleOf(bad.StatusCode)),
        ConflictException => (StatusCodes.Status409Conflict, "Not now"),
        NotFoundException or KeyNotFoundException or FileNotFoundException => (StatusCodes.Status404NotFound, "Not there"),
        ArgumentException or FormatException => (StatusCodes.Status400BadRequest, "The request makes no sense"),
        DirectoryNotFoundException => (StatusCodes.Status400BadRequest, "No such source"),
        OrleansException or TimeoutException => (StatusCodes.Status503ServiceUnavailable, "The cluster is getting over something"),
        IOException or InvalidDataException => (StatusCodes.Status500InternalServerError, "The store could not be read"),
        _ => null,
    };
}

/// <summary>What was asked for is not there.</summary>
internal sealed class NotFoundException(string message) : Exception(message);

/// <summary>What was asked for cannot be done in the state that the sweep is in.</summary>
internal sealed class ConflictException(string message) : Exception(message);
