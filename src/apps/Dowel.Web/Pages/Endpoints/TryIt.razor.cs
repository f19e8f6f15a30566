using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Dowel.Web.Pages.Endpoints;

/// <summary>Asks an endpoint for a prediction: by a form, or by a body of any of its protocols.</summary>
public partial class TryIt
{
    private static readonly JsonSerializerOptions indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private SignatureForm form = SignatureForm.Of(new Endpoint());
    private bool busy;
    private Problem? failure;
    private InferenceAnswer? answer;
    private TimeSpan took;
    private string json = "";
    private string? answered;

    /// <summary>The endpoint.</summary>
    [Parameter, EditorRequired] public Endpoint Endpoint { get; set; } = new();

    /// <summary>How it is called.</summary>
    [Parameter] public CallProtocol Protocol { get; set; }

    private bool asJson => form.Fields.Count == 0 || Protocol is CallProtocol.Mlflow or CallProtocol.Seldon;

    /// <inheritdoc/>
    protected override void OnInitialized() => (form, json) = (SignatureForm.Of(Endpoint), CallProtocols.Body(Endpoint, Protocol == CallProtocol.Grpc ? CallProtocol.Oip : Protocol));

    private async Task SendAsync()
    {
        answered = null;
        busy = true;
        var begun = Time.GetTimestamp();
        failure = await FailureOfAsync(async ct =>
        {
            using var body = new MemoryStream(Encoding.UTF8.GetBytes(json));
            var answer = Protocol switch
            {
                CallProtocol.Mlflow => await Api.Endpoints.ScoreAsync(Endpoint.Name, body, ct),
                CallProtocol.Seldon => await Api.Endpoints.SeldonAsync(Endpoint.Project, Endpoint.Name, body, ct),
                _ => await Api.Endpoints.InferAsync(Endpoint.Name, body, cancellationToken: ct),
            };
            answered = JsonSerializer.Serialize(answer, indented);
        });
        took = Time.GetElapsedTime(begun);
        busy = false;
    }

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
