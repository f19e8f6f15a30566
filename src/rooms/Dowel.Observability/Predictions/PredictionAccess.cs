using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Resources;

namespace Dowel.Observability.Predictions;

/// <summary>The one place that says whose predictions somebody sees who may read the endpoint.</summary>
internal static class PredictionAccess
{
    /// <summary>Everybody's with edit on the endpoint and for auditors (null); with less one's own alone (the user's id).</summary>
    public static string? OnlyOf(Actor actor, Resource endpoint) => endpoint.Info.Access >= Permission.Edit || actor.IsAuditor ? null : actor.UserId;
}
