using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Http;

namespace Dowel.Kernel.Http;

/// <summary>Route metadata of a foreign protocol: how it writes its errors. Without it failures are problem details.</summary>
/// <param name="Write">Writes status and body.</param>
public sealed record ErrorForm(Func<HttpContext, Failure, Task> Write);
