using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace Dowel.Kernel.Hosting;

/// <summary>A header by which this process knows the calls that its own pages make for somebody elsewhere: their <c>X-Forwarded-For</c> counts. New at every start.</summary>
public sealed class PagesMark
{
    /// <summary>The header's name.</summary>
    public const string Header = "X-Dowel-Pages";

    /// <summary>Its value.</summary>
    public string Value { get; } = RandomNumberGenerator.GetHexString(32);

    internal bool IsOn(HttpContext context) => context.Request.Headers[Header] is [{ } value] && value == Value;
}
