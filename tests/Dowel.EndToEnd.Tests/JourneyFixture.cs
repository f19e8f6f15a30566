using Dowel.Client;

namespace Dowel.EndToEnd.Tests;

/// <summary>A running server on which the whole titanic journey has happened.</summary>
public sealed class JourneyFixture : IAsyncLifetime
{
    internal ServerProcess Server { get; } = new();
    internal string AdminToken { get; private set; } = "";
    internal string JourneyOutput { get; private set; } = "";

    internal DowelClient Admin => DowelClient.Connect(Server.Address, AdminToken);

    public async ValueTask InitializeAsync()
    {
        await Server.StartAsync();
        AdminToken = await Server.FirstAdminTokenAsync();
        var (exitCode, output) = await Product.RunAsync("dotnet",
            [Product.Dll("Dowel.Samples.Titanic"), "--server", Server.Address.ToString(), "--token", AdminToken, "--data", Product.TitanicCsv], TimeSpan.FromMinutes(4));
        JourneyOutput = output;
        Assert.True(exitCode == 0, $"{output}\n{Server.Log}");
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

/// <summary>The suites that share one journey.</summary>
[CollectionDefinition(Name)]
public sealed class JourneyCollection : ICollectionFixture<JourneyFixture>
{
    public const string Name = "journey";
}
