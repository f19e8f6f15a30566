using System.Text.Json;
using Dowel.Web.Pages.Endpoints;

namespace Dowel.Web.Tests;

public sealed class SignatureFormTests
{
    private static Endpoint Endpoint(IReadOnlyDictionary<string, object?[]>? example, params TensorSpec[] inputs) => new()
    {
        Name = "titanic-survival", PredictionPath = "/v2/models/titanic-survival/infer", Signature = new ModelSignature { Inputs = inputs }, InputExample = example,
    };

    private static TensorSpec Spec(string name, string type, params long[] shape) => new() { Name = name, Datatype = type, Shape = shape.Length == 0 ? [-1] : shape };

    private static SignatureForm Form(string text, TensorSpec spec)
    {
        var form = SignatureForm.Of(Endpoint(null, spec));
        form.Fields[0].Text = text;
        return form;
    }

    [Fact]
    public void Is_filled_with_the_first_row_of_the_example()
    {
        var form = SignatureForm.Of(Endpoint(new Dictionary<string, object?[]> { ["age"] = [22.5, 30.0], ["sex"] = ["female", "male"] }, Spec("age", "FP32"), Spec("sex", "BYTES")));
        Assert.Equal(["22.5", "female"], form.Fields.Select(f => f.Text));
        Assert.True(form.TryRead(out var inputs, out _));
        Assert.Equal([22.5f], (float[])inputs["age"]);
        Assert.Equal(["female"], (string[])inputs["sex"]);
    }

    [Theory]
    [InlineData("INT64", "12", 12L)]
    [InlineData("INT32", " 12 ", 12)]
    [InlineData("UINT8", "255", (byte)255)]
    [InlineData("BOOL", "yes", true)]
    [InlineData("FP64", "1e3", 1000.0)]
    [InlineData("BYTES", " kept as typed ", " kept as typed ")]
    public void Types_what_was_typed(string datatype, string text, object expected)
    {
        Assert.True(Form(text, Spec("x", datatype)).TryRead(out var inputs, out _));
        Assert.Equal(expected, inputs["x"].GetValue(0));
    }

    [Theory]
    [InlineData("INT64", "1.5")]
    [InlineData("INT64", "")]
    [InlineData("INT64", "99999999999999999999")]
    [InlineData("UINT8", "256")]
    [InlineData("UINT8", "-1")]
    [InlineData("BOOL", "perhaps")]
    [InlineData("FP32", "12,5")]
    [InlineData("FP32", "abc")]
    public void Names_the_field_that_is_wrong(string datatype, string text)
    {
        Assert.False(Form(text, Spec("x", datatype)).TryRead(out _, out var wrong));
        Assert.Equal("x", Assert.Single(wrong).Field);
    }

    [Fact]
    public void A_number_left_empty_is_missing_and_an_optional_one_is_left_out()
    {
        Assert.True(Form("", Spec("x", "FP32")).TryRead(out var inputs, out _));
        Assert.True(float.IsNaN(((float[])inputs["x"])[0]));
        Assert.True(Form(" ", Spec("x", "INT64") with { Optional = true }).TryRead(out inputs, out _));
        Assert.Empty(inputs);
    }

    [Fact]
    public void A_row_of_several_values_keeps_its_shape()
    {
        Assert.True(Form("1, 2, 3, 4", Spec("x", "FP32", -1, 2, 2)).TryRead(out var inputs, out _));
        Assert.Equal(new float[,,] { { { 1, 2 }, { 3, 4 } } }, inputs["x"]);
        Assert.False(Form("1, 2, 3", Spec("x", "FP32", -1, 2, 2)).TryRead(out _, out var wrong));
        Assert.Contains("4 values", wrong[0].Expected, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_signature_the_example_says_what_to_send()
    {
        var form = SignatureForm.Of(new Endpoint { InputExample = new Dictionary<string, object?[]> { ["passenger_id"] = [1L], ["name"] = ["Anna"] } });
        Assert.Equal([("passenger_id", "INT64"), ("name", "BYTES")], form.Fields.Select(f => (f.Spec.Name, f.Spec.Datatype)));
        Assert.Empty(SignatureForm.Of(new Endpoint()).Fields);
    }

    [Fact]
    public void The_snippets_carry_the_endpoints_own_example()
    {
        var endpoint = Endpoint(new Dictionary<string, object?[]> { ["passenger_id"] = [17L], ["note"] = ["it's \"me\""], ["ok"] = [true] }, Spec("passenger_id", "INT64"), Spec("note", "BYTES"), Spec("ok", "BOOL"));
        using var body = JsonDocument.Parse(CallProtocols.Body(endpoint, CallProtocol.Oip));
        Assert.Equal(17, body.RootElement.GetProperty("inputs")[0].GetProperty("data")[0].GetInt64());
        Assert.Equal(1, body.RootElement.GetProperty("inputs")[0].GetProperty("shape")[0].GetInt64());

        var code = PredictionSnippets.For("http://127.0.0.1:5080/", endpoint).ToDictionary(s => s.Title, s => s.Code);
        Assert.Contains("curl http://127.0.0.1:5080/v2/models/titanic-survival/infer", code["curl"], StringComparison.Ordinal);
        Assert.Contains("True", code["Python"], StringComparison.Ordinal);
        Assert.DoesNotContain("[true]", code["Python"], StringComparison.Ordinal);
        Assert.Contains("new long[] { 17 }", code["C#"], StringComparison.Ordinal);
        Assert.Contains("new bool[] { true }", code["C#"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_quote_in_the_example_does_not_end_the_shells_string()
    {
        var endpoint = Endpoint(new Dictionary<string, object?[]> { ["note"] = ["it's; rm -rf /"] }, Spec("note", "BYTES"));
        var curl = PredictionSnippets.For("http://x/", endpoint)[0].Code;
        Assert.DoesNotContain("it's;", curl, StringComparison.Ordinal);
        Assert.Contains("rm -rf", curl, StringComparison.Ordinal);
    }

    [Fact]
    public void Python_words_stay_as_they_are_inside_strings() =>
        Assert.Equal("""{"a": True, "b": None, "true": "null false \" true", "c": [False]}""", PredictionSnippets.PythonLiteral("""{"a": true, "b": null, "true": "null false \" true", "c": [false]}"""));
}
