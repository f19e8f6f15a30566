namespace Dowel.Experiments.Runs;

/// <summary>Made-up names for runs that come without one: easier to speak of than an id.</summary>
internal static class RunNames
{
    private static readonly string[] Adjectives =
        ["able", "amber", "bold", "brave", "bright", "calm", "clever", "crisp", "eager", "early", "fair", "fleet", "gentle", "glad", "grand", "handy", "keen", "kind",
         "late", "light", "lively", "lucky", "merry", "mild", "neat", "nimble", "noble", "patient", "plain", "proud", "quick", "quiet", "rapid", "sharp", "silent", "steady", "stout", "sunny", "swift", "warm"];
    private static readonly string[] Nouns =
        ["alder", "ash", "badger", "beech", "birch", "cedar", "crane", "dove", "elm", "falcon", "fern", "finch", "fox", "hare", "hawk", "hazel", "heron", "ibis", "jay", "larch",
         "lark", "linden", "lynx", "maple", "marten", "mole", "moss", "oak", "otter", "owl", "pine", "plover", "raven", "rowan", "stoat", "swan", "tern", "thrush", "willow", "wren"];

    public static string Next() => $"{Adjectives[Random.Shared.Next(Adjectives.Length)]}-{Nouns[Random.Shared.Next(Nouns.Length)]}-{Random.Shared.Next(100, 1000)}";
}
