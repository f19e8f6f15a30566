using System.Text;

namespace Dowel.Cli;

/// <summary>Reads a password: from the terminal without echo, else a line of standard input.</summary>
internal static class SecretReader
{
    public static string Read()
    {
        if (Console.IsInputRedirected) return Console.In.ReadLine() ?? "";
        var secret = new StringBuilder();
        while (true)
        {
            var key = Console.ReadKey(intercept: true);
            if (key.Key == ConsoleKey.Enter) break;
            if (key.Key == ConsoleKey.Backspace) secret.Length = Math.Max(0, secret.Length - 1);
            else if (!char.IsControl(key.KeyChar)) secret.Append(key.KeyChar);
        }
        Console.Error.WriteLine();
        return secret.ToString();
    }
}
