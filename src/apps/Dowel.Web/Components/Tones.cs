namespace Dowel.Web.Components;

/// <summary>How states feel.</summary>
internal static class Tones
{
    public static Tone Of(DeploymentState state) => state switch { DeploymentState.Ready => Tone.Good, DeploymentState.Loading => Tone.Busy, DeploymentState.Failed => Tone.Bad, _ => Tone.Quiet };

    public static Tone Of(RunStatus status) => status switch { RunStatus.Finished => Tone.Good, RunStatus.Running or RunStatus.Scheduled => Tone.Busy, RunStatus.Failed => Tone.Bad, _ => Tone.Quiet };

    public static Tone Of(LoggedModelState state) => state switch { LoggedModelState.Ready => Tone.Good, LoggedModelState.Pending => Tone.Busy, _ => Tone.Bad };

    public static Tone Of(FeatureState state) => state switch { FeatureState.Active => Tone.Good, FeatureState.Deprecated => Tone.Warn, _ => Tone.Quiet };

    public static Tone Of(BatchState state) => state switch { BatchState.Succeeded => Tone.Good, BatchState.Queued or BatchState.Running => Tone.Busy, BatchState.Failed => Tone.Bad, _ => Tone.Quiet };

    public static Tone OfStatus(int status) => status < 400 ? Tone.Good : status < 500 ? Tone.Warn : Tone.Bad;
}
