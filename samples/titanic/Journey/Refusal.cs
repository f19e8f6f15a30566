using Dowel.Client;
using Dowel.Contracts;

namespace Dowel.Samples.Titanic.Journey;

/// <summary>For calls that should be refused.</summary>
internal static class Refusal
{
    /// <summary>The refusal, or null where the call went through.</summary>
    public static async Task<DowelException?> OfAsync(Func<Task> call)
    {
        try
        {
            await call();
            return null;
        }
        catch (DowelException e)
        {
            return e;
        }
    }

    /// <summary>Its HTTP status; 200 where there was none.</summary>
    public static async Task<int> StatusAsync(Func<Task> call) => (await OfAsync(call))?.Status ?? 200;

    /// <summary>Everything the server said, in one line.</summary>
    public static string Words(DowelException e) => string.Join("; ", [e.Message, .. e.Fields.Select(Words)]);

    private static string Words(FieldError field) => $"{field.Field}: given {field.Given ?? "nothing"}, expected {field.Expected}";
}
