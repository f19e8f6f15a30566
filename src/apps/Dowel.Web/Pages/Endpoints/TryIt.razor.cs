namespace Dowel.Web.Pages.Endpoints;

/// <summary>Asks an endpoint for a prediction by a form.</summary>
public partial class TryIt
{
    private SignatureForm form = SignatureForm.Of(new Endpoint());
    private bool busy;
    private Problem? failure;
    private InferenceAnswer? answer;
    private TimeSpan took;

    /// <summary>The endpoint.</summary>
    [Parameter, EditorRequired] public Endpoint Endpoint { get; set; } = new();

    /// <inheritdoc/>
    protected override void OnInitialized() => form = SignatureForm.Of(Endpoint);

    private async Task AskAsync()
    {
        answer = null;
        if (!form.TryRead(out var inputs, out var wrong))
        {
            failure = Problems.Of(ErrorCodes.Invalid, "") with { Fields = wrong, Remedy = null };
            return;
        }
        busy = true;
        var begun = Time.GetTimestamp();
        failure = await FailureOfAsync(async ct => answer = await Api.Endpoints.PredictAsync(Endpoint.Name, inputs, cancellationToken: ct));
        took = Time.GetElapsedTime(begun);
        busy = false;
    }
}
