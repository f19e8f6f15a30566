namespace Dowel.Web.Pages.Endpoints;

/// <summary>How a deployment runs, as a form has it. What is not touched stays as it was.</summary>
public sealed class SettingsDraft
{
    private readonly DeploymentSettings initial;

    /// <summary>Begins with what is set.</summary>
    public SettingsDraft(DeploymentSettings? settings = null, int replicas = 1)
    {
        initial = settings ?? new();
        Replicas = Math.Max(1, replicas);
        (Follows, Scaling) = (initial.Scaling is not null, initial.Scaling ?? new());
        (Batches, Batching) = (initial.Batching is not null, initial.Batching ?? new());
        (Breaks, Breaker) = (initial.Breaker is not { FailureRatio: >= 1 }, initial.Breaker is { FailureRatio: < 1 } breaker ? breaker : new());
        TimeoutSeconds = initial.TimeoutSeconds;
        Resources = initial.Resources ?? new();
        Python = initial.Python ?? new();
    }

    /// <summary>Replicas, where their number is fixed.</summary>
    public int Replicas { get; set; }

    /// <summary>Whether replicas follow the load.</summary>
    public bool Follows { get; set; }

    /// <summary>How they do.</summary>
    public ScalingSettings Scaling { get; set; }

    /// <summary>Whether requests are put together.</summary>
    public bool Batches { get; set; }

    /// <summary>How they are.</summary>
    public BatchingSettings Batching { get; set; }

    /// <summary>Whether a failing model is left alone for a while.</summary>
    public bool Breaks { get; set; }

    /// <summary>When it is.</summary>
    public BreakerSettings Breaker { get; set; }

    /// <summary>How long a request may take; null for the server's default.</summary>
    public double? TimeoutSeconds { get; set; }

    /// <summary>What a replica may use.</summary>
    public ResourceLimits Resources { get; set; }

    /// <summary>The Python of models that run in a worker.</summary>
    public PythonSettings Python { get; set; }

    /// <summary>The settings; what equals the defaults is left out.</summary>
    public DeploymentSettings ToSettings() => initial with
    {
        TimeoutSeconds = TimeoutSeconds,
        Scaling = Follows ? Scaling : null,
        Batching = Batches ? Batching : null,
        Breaker = !Breaks ? new BreakerSettings { FailureRatio = 1 } : Breaker == new BreakerSettings() ? null : Breaker,
        Resources = Resources == new ResourceLimits() ? null : Resources,
        Python = Clean(Python) == new PythonSettings() ? null : Clean(Python),
    };

    private static PythonSettings Clean(PythonSettings python) => python with { Interpreter = string.IsNullOrWhiteSpace(python.Interpreter) ? null : python.Interpreter.Trim() };
}
