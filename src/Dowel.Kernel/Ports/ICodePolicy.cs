using Dowel.Kernel.Access;
using Dowel.Kernel.Results;

namespace Dowel.Kernel.Ports;

/// <summary>Who may have this server load models whose loading runs their author's code (<see cref="IModelRuntime.RunsCode"/>). Serving provides it.</summary>
public interface ICodePolicy
{
    /// <summary>Why an actor may not; null where they may.</summary>
    /// <param name="actor">Who deploys the model, or tries it in a gate.</param>
    Failure? Check(Actor actor);
}
