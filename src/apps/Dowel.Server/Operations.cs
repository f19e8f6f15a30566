using System.Security.Cryptography;
using Dowel.Kernel.Access;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Relational;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Scalar.AspNetCore;

namespace Dowel.Server;

/// <summary>Health, metrics, traces, logs, and the API's description.</summary>
internal static class Operations
{
    public static void AddDowelLogging(this WebApplicationBuilder builder)
    {
        builder.Logging.ClearProviders();
        if (string.Equals(builder.Configuration["Logging:Format"], "json", StringComparison.OrdinalIgnoreCase))
            builder.Logging.AddJsonConsole(o => { o.UseUtcTimestamp = true; o.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ"; });
        else
            builder.Logging.AddSimpleConsole(o => { o.SingleLine = true; o.UseUtcTimestamp = true; o.TimestampFormat = "yyyy-MM-ddTHH:mm:ssZ "; });
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Microsoft.AspNetCore.Antiforgery", LogLevel.Error).AddFilter("FluentMigrator", LogLevel.Warning).AddFilter("System.Net.Http", LogLevel.Warning)
            // Messages that cannot be read; faults in a call are logged by the call.
            .AddFilter("Grpc.AspNetCore.Server.ServerCallHandler", LogLevel.None);
    }

    public static void AddDowelTelemetry(this WebApplicationBuilder builder)
    {
        // OTLP is on when its standard variable says where to; without it nothing is traced, and requests do not pay for it.
        var otlp = builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 };
        var telemetry = builder.Services.AddOpenTelemetry().WithMetrics(m =>
        {
            m.AddMeter("Dowel.*", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel").AddRuntimeInstrumentation().AddPrometheusExporter();
            if (otlp) m.AddOtlpExporter();
        });
        if (!otlp) return;
        telemetry.WithTracing(t => t.AddSource("Dowel.*").AddAspNetCoreInstrumentation().AddOtlpExporter());
        builder.Logging.AddOpenTelemetry(o => o.AddOtlpExporter());
    }

    public static void AddDowelOpenApi(this IServiceCollection services) => services.AddOpenApi("v1", o =>
    {
        o.ShouldInclude = d => d.RelativePath?.StartsWith("api/v1", StringComparison.Ordinal) == true || d.RelativePath?.StartsWith("v2", StringComparison.Ordinal) == true;
        o.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "Dowel";
            document.Info.Version = "v1";
            document.Info.Description = "The native API of Dowel, and the Open Inference Protocol. Sign in with 'Authorization: Bearer TOKEN'.";
            document.Servers = [];
            return Task.CompletedTask;
        });
    });

    public static void MapOperations(this WebApplication app)
    {
        static Task WriteHealthAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(new
        {
            status = report.Status.ToString().ToLowerInvariant(),
            checks = report.Entries.ToDictionary(e => e.Key, e => e.Value.Description ?? e.Value.Status.ToString().ToLowerInvariant()),
        });

        var health = AccessRule.Anonymous("health");
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false, ResponseWriter = WriteHealthAsync }).Allow(health);
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = c => c.Tags.Contains("ready"), ResponseWriter = WriteHealthAsync }).Allow(health);
        var open = app.Services.GetRequiredService<IOptions<DowelOptions>>().Value.AnonymousMetrics;
        app.MapPrometheusScrapingEndpoint("/metrics").Allow(open ? AccessRule.Anonymous("metrics are public by configuration") : AccessRule.Auditor);
        app.MapOpenApi("/openapi/{documentName}.json").Allow(AccessRule.Anonymous("the API's description"));
        app.MapScalarApiReference("/docs", (o, context) =>
        {
            // It configures itself in an inline script.
            var nonce = RandomNumberGenerator.GetHexString(32);
            context.Response.Headers.ContentSecurityPolicy = ContentPolicy($"'self' 'nonce-{nonce}'");
            o.WithNonce(nonce);
            o.Title = "Dowel API";
            o.WithOpenApiRoutePattern("/openapi/{documentName}.json");
            o.DefaultFonts = false;
            o.Telemetry = false;
            // What would send the description of this API to its vendor.
            o.HideDeveloperTools();
            o.DisableAgent();
        }).Allow(AccessRule.Anonymous("the API's description"));
    }

    public static void UseSecurityHeaders(this WebApplication app) => app.Use((context, next) =>
    {
        var path = context.Request.Path;
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        if (!path.StartsWithSegments("/v2") && !path.StartsWithSegments("/api"))
        {
            headers.XFrameOptions = "DENY";
            headers["Referrer-Policy"] = "same-origin";
            headers.ContentSecurityPolicy = ContentPolicy("'self'");
        }
        return next(context);
    });

    /// <summary>What a page may run and reach: this server alone. MudBlazor and Plotly set styles in line; Plotly makes images as blobs.</summary>
    private static string ContentPolicy(string scripts)
        => $"default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'";
}

/// <summary>Ready while the database answers.</summary>
internal sealed class DatabaseAnswers(IDb db) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
    {
        try
        {
            await db.ReadAsync(s => s.ScalarAsync<long>("SELECT 1"), cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return HealthCheckResult.Unhealthy("The database does not answer.");
        }
    }
}

/// <summary>Ready while there is room for what is written.</summary>
internal sealed class DiskHasRoom(IOptions<DowelOptions> options) : IHealthCheck
{
    private const long Least = 64 * 1024 * 1024;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
        => Task.FromResult(new DriveInfo(options.Value.DataDir).AvailableFreeSpace < Least ? HealthCheckResult.Unhealthy("The disk of the data folder is full.") : HealthCheckResult.Healthy());
}
