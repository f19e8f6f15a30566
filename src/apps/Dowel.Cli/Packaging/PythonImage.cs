namespace Dowel.Cli.Packaging;

/// <summary>An image of a model in Python: the runner and what the model's requirements.txt names.</summary>
internal static class PythonImage
{
    /// <summary>What it stands on unless another is named; a digest pins it.</summary>
    public const string UsualBase = "python:3.11-slim-bookworm";

    public static IEnumerable<string> Write(ImagePlan plan, string target)
    {
        BuildContext.Copy(Runner.Folder, Path.Combine(target, "dowel_runner"));
        File.WriteAllText(Path.Combine(target, "requirements.txt"), Requirements(plan.Flavor, Path.Combine(target, "model")));
        yield return $"FROM {plan.Base}";
        yield return "ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1";
        yield return "WORKDIR /app";
        if (plan.Install)
        {
            yield return "COPY requirements.txt ./";
            yield return "RUN python3 -m pip install --no-cache-dir --no-compile -r requirements.txt";
        }
        yield return "COPY dowel_runner ./dowel_runner";
        // What differs from model to model comes last, so that images share the layers before.
        yield return "COPY model ./model";
        yield return BuildContext.Label(plan, "oip,seldon");
        yield return "USER 10001:10001";
        yield return "EXPOSE 8080";
        yield return $"HEALTHCHECK CMD {BuildContext.Exec("python3", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/health/ready', timeout=5)")}";
        yield return $"ENTRYPOINT {BuildContext.Exec("python3", "-m", "dowel_runner", "serve", "/app/model", "--host", "0.0.0.0", "--port", "8080", "--flavor", plan.Flavor, "--name", plan.Name, "--version", plan.Version)}";
    }

    /// <summary>The model's own requirements, and what the runner needs to load it.</summary>
    private static string Requirements(string flavor, string model)
    {
        var file = Path.Combine(model, "requirements.txt");
        var own = File.Exists(file) ? File.ReadAllLines(file).ToList() : [];
        foreach (var package in flavor == "python" ? ["numpy"] : (string[])["numpy", "joblib", "scikit-learn"])
            if (!own.Any(l => Names(l, package)) && !(package != "numpy" && own.Any(l => Names(l, "mlflow")))) own.Add(package);
        return string.Join('\n', own) + "\n";
    }

    private static bool Names(string line, string package)
    {
        var name = line.Trim().Replace('_', '-');
        return name.StartsWith(package, StringComparison.OrdinalIgnoreCase) && (name.Length == package.Length || !(char.IsLetterOrDigit(name[package.Length]) || name[package.Length] is '-' or '.'));
    }
}
