using System.Reflection;
using Dowel.Web.Session;
using Microsoft.AspNetCore.Components;

namespace Dowel.Web.Tests;

public sealed class ArchitectureTests
{
    private static readonly Assembly web = typeof(WebOptions).Assembly;

    private static IEnumerable<Type> Components => web.GetTypes().Where(t => typeof(ComponentBase).IsAssignableFrom(t) && !t.IsAbstract);

    [Fact]
    public void The_pages_know_the_client_and_the_contracts_and_nothing_else_of_Dowel() =>
        Assert.Equal(["Dowel.Client", "Dowel.Contracts"], web.GetReferencedAssemblies().Select(a => a.Name!).Where(n => n.StartsWith("Dowel", StringComparison.Ordinal)).Order());

    [Fact]
    public void Only_the_builder_of_charts_knows_Plotly()
    {
        var knowing = web.GetTypes()
            .Where(t => t.Namespace?.StartsWith("Dowel.Web", StringComparison.Ordinal) == true && !t.Namespace.StartsWith("Dowel.Web.Charts", StringComparison.Ordinal))
            .SelectMany(t => t.GetFields(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(f => f.FieldType.FullName?.StartsWith("Plotly", StringComparison.Ordinal) == true);
        Assert.Empty(knowing);
    }

    [Fact]
    public void Components_are_given_no_HttpClient_and_no_service_provider()
    {
        var given = Components.SelectMany(t => t.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)).Where(p => p.IsDefined(typeof(InjectAttribute)));
        Assert.DoesNotContain(given, p => p.PropertyType == typeof(HttpClient) || p.PropertyType == typeof(IServiceProvider) || p.PropertyType == typeof(IApiConnection));
    }

    [Fact]
    public void Every_page_but_the_sign_in_is_interactive()
    {
        var still = Components.Where(t => t.IsDefined(typeof(ExcludeFromInteractiveRoutingAttribute), false)).Select(t => t.Name).Order();
        Assert.Equal(["SignIn", "SignInLink"], still);
    }

    [Fact]
    public void No_two_pages_have_the_same_address()
    {
        var routes = Components.SelectMany(t => t.GetCustomAttributes<RouteAttribute>()).Select(r => r.Template).ToList();
        Assert.Equal(routes.Distinct().Count(), routes.Count);
        Assert.True(routes.Count >= 20);
    }
}
