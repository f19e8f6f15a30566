namespace Dowel.Serving.Python;

/// <summary>Models that run in Python workers, section <c>Serving:Python</c>.</summary>
public sealed class PythonOptions
{
    /// <summary>Path of the interpreter, its name on the PATH, or a virtual environment's folder; default <c>python3</c>. A deployment may name its own.</summary>
    public string Interpreter { get; set; } = "python3";

    /// <summary>Who may deploy models that run code of their author: Python classes, pickles, MLflow's python_function.</summary>
    public CodeAccess Allow { get; set; } = CodeAccess.Admins;

    /// <summary>How long a worker may take until its model is loaded, in seconds.</summary>
    public int StartSeconds { get; set; } = 120;

    /// <summary>How long the packages of a <c>requirements.txt</c> may take to install, in seconds.</summary>
    public int InstallSeconds { get; set; } = 900;

    /// <summary>Threads that numerical libraries may use in one worker; 1 serves many small requests best.</summary>
    public int Threads { get; set; } = 1;
}

/// <summary>Who may deploy models that run code.</summary>
public enum CodeAccess
{
    /// <summary>Administrators; on a single-user server its owner.</summary>
    Admins,
    /// <summary>Whoever may deploy.</summary>
    Everyone,
    /// <summary>Nobody.</summary>
    Off,
}
