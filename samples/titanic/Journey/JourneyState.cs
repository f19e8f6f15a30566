using Dowel.Client;
using Dowel.Contracts;
using Dowel.Samples.Titanic.Features;

namespace Dowel.Samples.Titanic.Journey;

/// <summary>Someone who takes part.</summary>
internal sealed record Account(string User, string Role, string Password, string Token, DowelClient Client) : IDisposable
{
    public void Dispose() => Client.Dispose();
}

/// <summary>What the stages hand on to each other.</summary>
internal sealed class JourneyState : IDisposable
{
    public const string Project = "titanic", Dataset = "titanic", Experiment = "titanic-survival", Model = "titanic-survival", Endpoint = "titanic-survival";

    /// <summary>The Titanic sank on 15 April 1912: nothing that became known later may be used.</summary>
    public static readonly DateTimeOffset Sinking = new(1912, 4, 15, 0, 0, 0, TimeSpan.Zero);

    public required Uri Server { get; init; }
    public required string DataFile { get; init; }
    public required DowelClient Admin { get; init; }

    /// <summary>Dana, whose idea it is: the business data scientist.</summary>
    public Account Dana { get; set; } = null!;

    /// <summary>Sam, the second data scientist.</summary>
    public Account Sam { get; set; } = null!;

    /// <summary>Ada, the auditor.</summary>
    public Account Ada { get; set; } = null!;

    /// <summary>Tom, a stranger.</summary>
    public Account Tom { get; set; } = null!;

    public IReadOnlyList<Account> Accounts => [.. ((Account?[])[Dana, Sam, Ada, Tom]).OfType<Account>()];

    public IReadOnlyList<Passenger> Passengers { get; set; } = [];
    public IReadOnlyList<PassengerFeatures> Features { get; set; } = [];
    public FeatureView FeatureView { get; set; } = null!;
    public int DatasetVersion { get; set; }
    public CandidateRun Best { get; set; } = null!;
    public CandidateRun Bad { get; set; } = null!;
    public Endpoint? Deployed { get; set; }

    /// <summary>Where predictions are posted to.</summary>
    public Uri? PredictionUrl => Deployed is null ? null : new Uri(Server, Deployed.PredictionPath);

    public void Dispose()
    {
        foreach (var account in Accounts) account.Dispose();
        Admin.Dispose();
    }
}
