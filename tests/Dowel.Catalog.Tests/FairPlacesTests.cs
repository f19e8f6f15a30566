namespace Dowel.Catalog.Tests;

public sealed class FairPlacesTests
{
    [Fact]
    public async Task Nobody_takes_more_than_half_of_the_places()
    {
        var places = new FairPlaces(4);
        var many = Enumerable.Range(0, 4).Select(_ => places.EnterAsync("many", CancellationToken.None)).ToList();
        var few = Enumerable.Range(0, 3).Select(_ => places.EnterAsync("few", CancellationToken.None)).ToList();
        Assert.Equal([true, true, false, false], many.Select(t => t.IsCompleted));
        Assert.Equal([true, true, false], few.Select(t => t.IsCompleted));
        places.Leave("few");
        await few[2].WaitAsync(TimeSpan.FromSeconds(5));
        Assert.False(many[2].IsCompleted);
    }

    [Fact]
    public async Task Those_who_wait_for_a_place_take_turns()
    {
        var places = new FairPlaces(1);
        await places.EnterAsync("many", CancellationToken.None);
        var order = new List<string>();
        var done = Task.WhenAll(Enumerable.Repeat("many", 3).Append("few").Select(async caller =>
        {
            await places.EnterAsync(caller, CancellationToken.None);
            order.Add(caller);
            places.Leave(caller);
        }));
        // One who gives up waiting frees nothing and blocks nobody.
        using var stop = new CancellationTokenSource();
        var gone = places.EnterAsync("gone", stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        Assert.Empty(order);
        places.Leave("many");
        await done.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(["many", "few", "many", "many"], order);
    }
}
