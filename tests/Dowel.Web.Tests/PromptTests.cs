using Dowel.Web.Pages.Models;

namespace Dowel.Web.Tests;

public sealed class PromptTests
{
    private static PromptText Prompt(string text, string? type = null)
    {
        var tags = new Dictionary<string, string> { ["mlflow.prompt.text"] = text };
        if (type is not null) tags["_mlflow_prompt_type"] = type;
        return PromptText.Of(new ModelVersion { Tags = tags })!;
    }

    [Fact]
    public void Variables_are_found_as_MLflow_finds_them()
    {
        var prompt = Prompt("Hi {{name}}, {{ name }} and {{ user.city }}: {{ 1st }} {single} {{}} {{a b}}");
        Assert.Equal(["name", "user.city"], prompt.Variables);
        Assert.Equal(["{{name}}", "{{ name }}", "{{ user.city }}"], prompt.Parts(prompt.Text).Where(p => p.IsVariable).Select(p => p.Text));
    }

    [Theory]
    [InlineData("Hi {{name}}")]
    [InlineData("{{a}}{{b}}")]
    [InlineData("{{ a {{b}} }}")]
    [InlineData("")]
    [InlineData("<script>{{x}}</script>\n")]
    public void The_parts_of_a_text_are_the_text(string text) => Assert.Equal(text, string.Concat(Prompt(text).Parts(text).Select(p => p.Text)));

    [Fact]
    public void A_template_of_Jinja_has_its_filters_and_its_conditions()
    {
        var prompt = Prompt("{% if name %}Hi {{ name | upper }}{% endif %} {{ user.city }}", "jinja2");
        Assert.Equal(["name", "user"], prompt.Variables);
        Assert.Equal(["{% if name %}", "{{ name | upper }}", "{% endif %}", "{{ user.city }}"], prompt.Parts(prompt.Text).Where(p => p.IsVariable).Select(p => p.Text));
    }

    [Fact]
    public void A_chat_is_its_messages()
    {
        var prompt = Prompt("""[{"role":"system","content":"You are {{style}}."},{"role":"user","content":[{"type":"text","text":"{{question}}"}]},{"role":"assistant","content":null}]""", "chat");
        Assert.Equal(["system", "user", "assistant"], prompt.Messages!.Select(m => m.Role));
        Assert.Equal("You are {{style}}.", prompt.Messages![0].Content);
        Assert.Contains("{{question}}", prompt.Messages![1].Content, StringComparison.Ordinal);
        Assert.Equal(["style", "question"], prompt.Variables);
        Assert.StartsWith("system:\nYou are {{style}}.\n\nuser:\n", prompt.Whole, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[not json", "chat")]
    [InlineData("[]", "chat")]
    [InlineData("[1, 2]", null)]
    [InlineData("[{\"role\":1,\"content\":\"x\"}]", "chat")]
    [InlineData("[{\"role\":\"user\"}]", "chat")]
    [InlineData("[{\"role\":\"user\",\"content\":\"x\"}]", "text")]
    public void What_is_no_chat_is_shown_as_it_is(string text, string? type)
    {
        var prompt = Prompt(text, type);
        Assert.Null(prompt.Messages);
        Assert.Equal(text, prompt.Whole);
    }

    [Fact]
    public void A_version_without_a_text_is_no_prompt()
    {
        Assert.Null(PromptText.Of(new ModelVersion()));
        Assert.True(PromptText.IsPrompt(new RegisteredModel { Tags = new Dictionary<string, string> { ["mlflow.prompt.is_prompt"] = "True" } }));
        Assert.False(PromptText.IsPrompt(new RegisteredModel { Tags = new Dictionary<string, string> { ["mlflow.prompt.is_prompt"] = "false" } }));
    }

    [Fact]
    public void A_name_or_variable_never_becomes_code_of_whoever_copies_it()
    {
        var code = ModelSnippets.UsePrompt("http://here", "a\"); import os; (\"", 2, ["name", "user.city"])[0].Code;
        Assert.Contains("""load_prompt("prompts:/a\u0022); import os; (\u0022/2")""", code, StringComparison.Ordinal);
        Assert.Contains("""format(**{"name": "…", "user": "…"})""", code, StringComparison.Ordinal);
        Assert.Contains("format()", ModelSnippets.UsePrompt("http://here", "a", 1, [])[0].Code, StringComparison.Ordinal);
    }
}
