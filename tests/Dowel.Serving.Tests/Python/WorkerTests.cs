using System.Diagnostics;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Dowel.Serving.Python;
using Microsoft.Extensions.Options;

namespace Dowel.Serving.Tests.Python;

public sealed class WorkerTests
{
    private const string Sleeper = """
        import time
        class Model:
            def predict(self, X):
                if X[0] < 0:
                    print("asleep", flush=True)
                    time.sleep(600)
                return X
        """;

    private static readonly Tensor X = Tensor.Of("x", [1.0], 1);

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var i = 0; i < 3000 && !condition(); i++) await Task.Delay(10);
        Assert.True(condition());
    }

    [Fact]
    public async Task A_worker_that_is_killed_fails_its_requests_at_once_and_comes_back()
    {
        await using var host = await PythonHost.StartAsync();
        var model = (PythonModel)await host.LoadAsync(host.Folder(Sleeper));
        var asleep = model.PredictAsync([Tensor.Of("x", [-1.0], 1)], default).AsTask();
        var queued = model.PredictAsync([X], default).AsTask();
        await host.Log.HasAsync("asleep");
        Process.GetProcessById(model.ProcessId!.Value).Kill();
        await Assert.ThrowsAsync<ModelUnavailableException>(() => asleep);
        await Assert.ThrowsAsync<ModelUnavailableException>(() => queued);
        await UntilAsync(() => !model.IsAvailable);
        await Assert.ThrowsAsync<ModelUnavailableException>(async () => await model.PredictAsync([X], default));
        await UntilAsync(() => model.IsAvailable);
        Assert.Equal([1.0], (await model.OneAsync(X)).Values<double>());
        Assert.Contains("signal 9", host.Log.Text);
    }

    [Fact]
    public async Task Pauses_between_starts_grow_while_it_keeps_dying()
    {
        await using var host = await PythonHost.StartAsync();
        var model = await host.LoadAsync(host.Folder("""
            import os
            if os.path.exists("dead"): os._exit(4)
            class Model:
                def predict(self, X):
                    open("dead", "w").close()
                    os._exit(5)
            """));
        await Assert.ThrowsAsync<ModelUnavailableException>(async () => await model.PredictAsync([X], default));
        await host.Log.HasAsync("It starts again in 2 s.");
        Assert.Contains("The worker ended (status 5).\nIt starts again in 1 s.", host.Log.Text);
        Assert.False(model.IsAvailable);
    }

    [Fact]
    public async Task A_caller_who_gives_up_is_answered_at_once_and_the_worker_goes_on()
    {
        await using var host = await PythonHost.StartAsync();
        var model = await host.LoadAsync(host.Folder("""
            import asyncio
            class Model:
                async def predict(self, X):
                    try:
                        print("began", flush=True)
                        await asyncio.sleep(600 if X[0] < 0 else 0)
                    except asyncio.CancelledError:
                        print("cancelled", flush=True)
                        raise
                    return X
            """));
        using var stop = new CancellationTokenSource();
        var asked = model.PredictAsync([Tensor.Of("x", [-1.0], 1)], stop.Token).AsTask();
        await host.Log.HasAsync("began");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        await host.Log.HasAsync("cancelled");
        Assert.Equal([1.0], (await model.OneAsync(X)).Values<double>());
    }

    [Fact]
    public async Task Requests_that_wait_in_line_are_dropped_when_they_are_cancelled()
    {
        await using var host = await PythonHost.StartAsync();
        var model = await host.LoadAsync(host.Folder("""
            import time
            class Model:
                count = 0
                def predict(self, X):
                    self.count += 1
                    if X[0] < 0: time.sleep(0.5)
                    return [float(self.count)]
            """));
        var slow = model.PredictAsync([Tensor.Of("x", [-1.0], 1)], default).AsTask();
        using var stop = new CancellationTokenSource();
        var waiting = Enumerable.Range(0, 10).Select(_ => model.PredictAsync([X], stop.Token).AsTask()).ToList();
        await stop.CancelAsync();
        foreach (var one in waiting) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
        await slow;
        // Those that it had begun before the news are no loss; most it never saw.
        Assert.True((await model.OneAsync(X)).Values<double>()[0] < 12);
    }

    [Fact]
    public async Task A_worker_that_hangs_in_a_request_that_was_given_up_is_started_again()
    {
        await using var host = await PythonHost.StartAsync();
        var model = (PythonModel)await host.LoadAsync(host.Folder(Sleeper));
        using var stop = new CancellationTokenSource();
        var asked = model.PredictAsync([Tensor.Of("x", [-1.0], 1)], stop.Token).AsTask();
        await host.Log.HasAsync("asleep");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        await host.Log.HasAsync("The worker ended (it hung in a request that was given up).");
        await UntilAsync(() => model.IsAvailable);
        Assert.Equal([1.0], (await model.OneAsync(X)).Values<double>());
    }

    [Fact]
    public async Task Memory_past_the_limit_fails_the_request_and_not_the_machine()
    {
        await using var host = await PythonHost.StartAsync();
        var folder = host.Folder("import numpy as np\nclass Model:\n    def predict(self, X): return [float(np.ones(int(X[0])).sum())]");
        var model = await host.LoadAsync(folder, settings: new DeploymentSettings { Resources = new ResourceLimits { MemoryMb = 512 } });
        Assert.Equal("The model ran out of memory.", await model.FailsAsync(Tensor.Of("x", [1e9], 1)));
        Assert.Equal([1000.0], (await model.OneAsync(Tensor.Of("x", [1000.0], 1))).Values<double>());

        var greedy = host.Folder("import numpy as np\nweights = np.ones(10**9)\nclass Model:\n    def predict(self, X): return X");
        var e = await Assert.ThrowsAsync<ModelException>(() => host.LoadAsync(greedy, settings: new DeploymentSettings { Resources = new ResourceLimits { MemoryMb = 512 } }));
        Assert.Equal("The model needs more memory than the 512 MiB that its deployment gives it.", e.Message);
    }

    [Fact]
    public async Task The_worker_sees_nothing_of_the_servers_environment()
    {
        Environment.SetEnvironmentVariable("Dowel__Database", "Host=db;Password=secret");
        Environment.SetEnvironmentVariable("SOME_TOKEN", "secret");
        try
        {
            await using var host = await PythonHost.StartAsync();
            var model = await host.PredictsAsync("self, X):\n        import os, sys\n        return [' '.join(sorted(os.environ)) + ' | ' + sys.stdin.read() + ' | ' + str(os.getsid(0) == os.getpid())]");
            var seen = (await model.OneAsync(X)).Values<string>()[0];
            Assert.DoesNotContain("Dowel", seen);
            Assert.DoesNotContain("TOKEN", seen);
            Assert.Contains("PATH", seen);
            Assert.EndsWith(" |  | True", seen);
        }
        finally
        {
            Environment.SetEnvironmentVariable("Dowel__Database", null);
            Environment.SetEnvironmentVariable("SOME_TOKEN", null);
        }
    }

    [Theory]
    [InlineData("b'GET / HTTP/1.1\\r\\n\\r\\n' * 100")]
    [InlineData("struct.pack('<IBxxxI', 8, 18, 77777)")]
    [InlineData("struct.pack('<IBxxxI', 2, 18, 1)")]
    [InlineData("struct.pack('<IBxxxIHBBHc3qq', 57, 18, 1, 1, 12, 3, 1, b'x', 2**40, 2**40, 2**40, 8)")]
    [InlineData("struct.pack('<IBxxxIHBBHcqq', 31, 18, 1, 1, 12, 1, 1, b'x', -5, 2**62)")]
    public async Task Garbage_from_a_worker_is_its_end_and_not_the_servers(string bytes)
    {
        await using var host = await PythonHost.StartAsync();
        var model = await host.LoadAsync(host.Folder($$"""
            import os, stat, struct
            class Model:
                def predict(self, X):
                    for fd in range(3, 64):
                        try:
                            if stat.S_ISSOCK(os.fstat(fd).st_mode): os.write(fd, {{bytes}})
                        except OSError: pass
                    return X
            """));
        await Assert.ThrowsAsync<ModelUnavailableException>(async () => await model.PredictAsync([X], default));
        await host.Log.HasAsync("frame that cannot be");
        await host.Log.HasAsync("It starts again in 1 s.");
    }

    [Fact]
    public async Task Letting_go_of_a_model_ends_its_worker_and_what_that_started()
    {
        await using var host = await PythonHost.StartAsync();
        var model = (PythonModel)await host.LoadAsync(host.Folder("""
            import subprocess
            class Model:
                def load(self): self.child = subprocess.Popen(["sleep", "600"])
                def predict(self, X): return [float(self.child.pid)]
            """));
        var child = (int)(await model.OneAsync(X)).Values<double>()[0];
        var worker = model.ProcessId!.Value;
        await model.DisposeAsync();
        await UntilAsync(() => !IsRunning(worker) && !IsRunning(child));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await model.PredictAsync([X], default));
    }

    // What nobody has waited for yet is still in the list, as a zombie.
    private static bool IsRunning(int id) => File.Exists($"/proc/{id}/stat") && File.ReadAllText($"/proc/{id}/stat").Split(' ')[2] != "Z";

    [Fact]
    public async Task A_model_that_is_never_ready_is_given_up()
    {
        await using var host = await PythonHost.StartAsync(o => o.StartSeconds = 1);
        var e = await Assert.ThrowsAsync<ModelException>(() => host.LoadAsync(host.Folder("import time\ntime.sleep(600)")));
        Assert.Equal("The model was not loaded within 1 s.", e.Message);
    }

    [Fact]
    public async Task An_interpreter_that_is_not_there_is_named()
    {
        await using var host = await PythonHost.StartAsync();
        var e = await Assert.ThrowsAsync<ModelException>(() => host.LoadAsync(host.Folder(""), settings: new DeploymentSettings { Python = new PythonSettings { Interpreter = "/opt/none" } }));
        Assert.Equal("There is no Python interpreter at '/opt/none'.", e.Message);
    }

    [Theory]
    [InlineData(CodeAccess.Admins, true, true)]
    [InlineData(CodeAccess.Admins, false, false)]
    [InlineData(CodeAccess.Everyone, false, true)]
    [InlineData(CodeAccess.Off, true, false)]
    public void Who_may_deploy_models_that_run_code_is_the_servers_setting(CodeAccess allow, bool admin, bool allowed)
    {
        var options = new ServingOptions();
        options.Python.Allow = allow;
        var failure = new CodePolicy(Options.Create(options)).Check(new Actor { UserId = "u", UserName = "u", IsAdmin = admin });
        Assert.Equal(allowed, failure is null);
        if (failure is not null) Assert.Equal(ErrorCodes.Forbidden, failure.Code);
    }
}
