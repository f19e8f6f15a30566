using System.Text.Json;
using Dowel.Web.Pages.Endpoints;

namespace Dowel.Web.Tests;

public sealed class CallProtocolTests
{
    private const string Server = "http://127.0.0.1:5080/";

    private static Endpoint Endpoint(Deployment? deployment = null, bool known = true) => new()
    {
        Name = "it's", Project = "crm", PredictionPath = "/v2/models/it%27s/infer", Deployments = [deployment ?? new Deployment { Runtime = "onnx", Model = "m", Version = 1 }],
        Signature = known ? new ModelSignature { Inputs = [new TensorSpec { Name = "age", Datatype = "FP32", Shape = [-1] }, new TensorSpec { Name = "name", Datatype = "BYTES", Shape = [-1] }] } : null,
        InputExample = known ? new Dictionary<string, object?[]> { ["age"] = [22.5], ["name"] = ["O'Hara"] } : null,
    };

    [Theory]
    [InlineData(CallProtocol.Oip, "http://127.0.0.1:5080/v2/models/it%27s/infer")]
    [InlineData(CallProtocol.Mlflow, "http://127.0.0.1:5080/serving-endpoints/it%27s/invocations")]
    [InlineData(CallProtocol.Seldon, "http://127.0.0.1:5080/seldon/crm/it%27s/api/v1.0/predictions")]
    [InlineData(CallProtocol.Grpc, "127.0.0.1:5081")]
    [InlineData(CallProtocol.Send, "http://127.0.0.1:5080/api/v1/endpoints/it%27s/predictions")]
    public void Each_protocol_has_its_address(CallProtocol protocol, string url) => Assert.Equal(url, CallProtocols.Url(Server, Endpoint(), protocol));

    [Fact]
    public void The_example_is_in_the_form_of_each_protocol()
    {
        Assert.Equal("""{"dataframe_split": {"columns": ["age", "name"], "data": [[22.5, "O\u0027Hara"]]}}""", CallProtocols.Body(Endpoint(), CallProtocol.Mlflow));
        Assert.Equal("""{"data": {"names": ["age", "name"], "ndarray": [[22.5, "O\u0027Hara"]]}}""", CallProtocols.Body(Endpoint(), CallProtocol.Seldon));
        using var grpc = JsonDocument.Parse(CallProtocols.Body(Endpoint(), CallProtocol.Grpc));
        Assert.Equal("O'Hara", System.Text.Encoding.UTF8.GetString(grpc.RootElement.GetProperty("inputs")[1].GetProperty("contents").GetProperty("bytes_contents")[0].GetBytesFromBase64()));
        Assert.Equal(22.5, grpc.RootElement.GetProperty("inputs")[0].GetProperty("contents").GetProperty("fp32_contents")[0].GetDouble());
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Every_body_is_JSON_and_every_protocol_has_code(bool known)
    {
        foreach (var protocol in Enum.GetValues<CallProtocol>())
        {
            using var body = JsonDocument.Parse(CallProtocols.Body(Endpoint(known: known), protocol));
            var titles = PredictionSnippets.For(Server, Endpoint(known: known), protocol).Select(s => s.Title);
            Assert.Equal(protocol == CallProtocol.Grpc ? ["grpcurl", "Python"] : (string[])["curl", "Python", "C#", "JavaScript"], titles);
        }
    }

    [Fact]
    public void An_endpoint_offers_what_it_speaks()
    {
        Assert.Equal([CallProtocol.Oip, CallProtocol.Mlflow, CallProtocol.Seldon, CallProtocol.Grpc], CallProtocols.Of(Endpoint()));
        Assert.Equal([CallProtocol.Send], CallProtocols.Of(Endpoint(new Deployment { Runtime = "observed" })));
        Assert.Equal([CallProtocol.Raw], CallProtocols.Of(Endpoint(new Deployment { Runtime = "docker", Container = new() { Protocol = "openai" } })));
        Assert.Equal(5, CallProtocols.Of(Endpoint(new Deployment { Runtime = "remote", Remote = new() { Protocol = "seldon" } })).Count);
    }
}
