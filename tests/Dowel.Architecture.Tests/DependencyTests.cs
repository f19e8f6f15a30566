namespace Dowel.Architecture.Tests;

/// <summary>The one-way directions between the parts of the house.</summary>
public class DependencyTests
{
    private static readonly string[] Rooms = [.. Repository.ProjectsIn("rooms")];
    private static readonly string[] Foundation = ["Dowel.Contracts", "Dowel.Kernel", "Dowel.Tables", "Dowel.Tables.Worker"];

    [Fact]
    public void Contracts_reference_nothing() => AssertOnly("Dowel.Contracts");

    [Fact]
    public void The_kernel_references_contracts_alone() => AssertOnly("Dowel.Kernel", "Dowel.Contracts");

    [Fact]
    public void Tables_stand_on_the_kernel() => AssertOnly("Dowel.Tables", "Dowel.Contracts", "Dowel.Kernel");

    [Fact]
    public void The_query_worker_stands_on_tables() => AssertOnly("Dowel.Tables.Worker", "Dowel.Contracts", "Dowel.Kernel", "Dowel.Tables");

    [Fact]
    public void The_client_references_contracts_alone() => AssertOnly("Dowel.Client", "Dowel.Contracts");

    [Theory, InlineData("Dowel.Web"), InlineData("Dowel.Cli")]
    public void Pages_and_command_line_see_the_client_alone(string project) => AssertOnly(project, "Dowel.Client", "Dowel.Contracts");

    [Fact]
    public void No_room_references_another_room()
    {
        Assert.True(Rooms.Length >= 6);
        Assert.All(Rooms, room => AssertOnly(room, Foundation));
    }

    [Fact]
    public void Adapters_and_protocols_reference_rooms_and_the_foundation_alone()
        => Assert.All(Repository.ProjectsIn("adapters").Concat(Repository.ProjectsIn("protocols")), p => AssertOnly(p, [.. Foundation, .. Rooms]));

    [Fact]
    public void Nothing_references_the_server()
        => Assert.All(Repository.References, p => Assert.DoesNotContain("Dowel.Server", p.Value));

    [Fact]
    public void Source_files_stay_small()
    {
        var large = Repository.Sources("src").Select(f => (File: Path.GetRelativePath(Repository.Root, f), Lines: File.ReadLines(f).Count())).Where(f => f.Lines > 500);
        Assert.Empty(large);
    }

    // What a room does not name is removed as an object that nothing refers to.
    [Fact]
    public void A_room_that_stores_objects_says_which_it_refers_to()
    {
        var storing = Rooms.Where(room => Repository.Sources($"src/rooms/{room}").Any(f => File.ReadAllText(f).Contains("IObjectStore", StringComparison.Ordinal))).ToList();
        Assert.NotEmpty(storing);
        Assert.All(storing, room => Assert.Contains(Repository.Sources($"src/rooms/{room}"), f => File.ReadAllText(f).Contains("AddObjectReferences", StringComparison.Ordinal)));
    }

    private static void AssertOnly(string project, params string[] allowed)
    {
        var extra = Repository.References[project].Except(allowed);
        Assert.True(!extra.Any(), $"{project} may not reference {string.Join(", ", extra)}.");
    }
}
