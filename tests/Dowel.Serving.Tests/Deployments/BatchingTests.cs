using System.Collections.Concurrent;
using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Dowel.Serving.Deployments;
using static Dowel.Serving.Tests.ServingHost;

namespace Dowel.Serving.Tests.Deployments;

public class BatchingTests
{
    [Fact]
    public async Task Requests_that_come_while_the_model_is_busy_share_a_run_and_each_gets_its_own_rows()
    {
        await using var serving = await StartAsync();
        await serving.CreateAsync("batched", new DeploymentSettings { Batching = new BatchingSettings { MaxSize = 8, MaxWaitMs = 50 } });
        var hold = serving.Runtime.HoldCalls = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = InferAsync(serving.Alice, "batched", X(1));
        while (serving.Runtime.Calls.IsEmpty) await Task.Delay(5);
        var others = Enumerable.Range(2, 11).Select(i => InferAsync(serving.Alice, "batched", X(i, -i))).ToList();
        // Five waiting requests have ten rows, two more than fit.
        await Task.Delay(300);
        hold.SetResult();
        Assert.Equal(new[] { 1002f }, Y((await first).Body));
        for (var i = 0; i < others.Count; i++)
        {
            var (status, body) = await others[i];
            Assert.Equal(200, status);
            Assert.Equal([1000f + (2 * (i + 2)), 1000f - (2 * (i + 2))], Y(body));
        }
        var calls = serving.Runtime.Calls.ToArray();
        Assert.Equal(1, calls[0]);
        Assert.Equal(23, calls.Sum());
        Assert.All(calls, rows => Assert.InRange(rows, 1, 8));
        Assert.True(calls.Length < 8, $"12 requests took {calls.Length} runs: {string.Join(", ", calls)}");
    }

    [Fact]
    public async Task A_row_that_the_model_cannot_take_fails_alone()
    {
        await using var serving = await StartAsync();
        await serving.CreateAsync("batched", new DeploymentSettings { Batching = new BatchingSettings { MaxSize = 64, MaxWaitMs = 50 } });
        var hold = serving.Runtime.HoldCalls = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = InferAsync(serving.Alice, "batched", X(1));
        while (serving.Runtime.Calls.IsEmpty) await Task.Delay(5);
        var good = InferAsync(serving.Alice, "batched", X(2));
        var bad = InferAsync(serving.Alice, "batched", X(666));
        await Task.Delay(300);
        hold.SetResult();
        await first;
        Assert.Equal(new[] { 1004f }, Y((await good).Body));
        Assert.Equal(500, (await bad).Status);
        Assert.Contains(2, serving.Runtime.Calls);
    }

    [Fact]
    public async Task A_batch_holds_only_requests_of_one_form_and_a_caller_who_left_is_not_run()
    {
        var calls = new ConcurrentQueue<IReadOnlyList<Tensor>>();
        var hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var batcher = new Batcher(new BatchingSettings { MaxSize = 100, MaxWaitMs = 20 }, async (inputs, ct) =>
        {
            calls.Enqueue(inputs);
            await hold.Task.WaitAsync(ct);
            return new ModelOutput(inputs);
        }, () => 1, TimeSpan.FromMinutes(1), TimeProvider.System);
        var busy = batcher.RunAsync([Tensor.Of("x", [0f])], default).AsTask();
        using var leaves = new CancellationTokenSource();
        var left = batcher.RunAsync([Tensor.Of("x", [9f])], leaves.Token).AsTask();
        Task<ModelOutput>[] waiting =
        [
            batcher.RunAsync([Tensor.Of("x", [1f])], default).AsTask(),
            batcher.RunAsync([Tensor.Of("x", [1L])], default).AsTask(),
            batcher.RunAsync([Tensor.Of("x", [1f, 2f], 1, 2)], default).AsTask(),
            batcher.RunAsync([Tensor.Of("x", new string[] { "a", null! })], default).AsTask(),
            batcher.RunAsync([Tensor.Of("x", [2f, 3f])], default).AsTask(),
        ];
        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        hold.SetResult();
        await busy;
        var answers = await Task.WhenAll(waiting);
        Assert.Equal([1f], ((Tensor<float>)answers[0].Tensors[0]).Values);
        Assert.Equal([1L], ((Tensor<long>)answers[1].Tensors[0]).Values);
        Assert.Equal([1L, 2L], answers[2].Tensors[0].Shape);
        Assert.Equal(["a", null!], ((Tensor<string>)answers[3].Tensors[0]).Values);
        Assert.Equal([2f, 3f], ((Tensor<float>)answers[4].Tensors[0]).Values);
        Assert.DoesNotContain(calls, c => c[0] is Tensor<float> t && t.Values.Contains(9f));
        Assert.Contains(calls, c => c[0] is Tensor<float> { Values: [1f, 2f, 3f] });
    }

    [Fact]
    public async Task A_model_that_answers_another_number_of_rows_is_asked_row_by_row()
    {
        var rows = new ConcurrentQueue<int>();
        var hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var batcher = new Batcher(new BatchingSettings { MaxSize = 10, MaxWaitMs = 20 }, async (inputs, ct) =>
        {
            rows.Enqueue(inputs[0].Rows);
            await hold.Task.WaitAsync(ct);
            // The mean over the batch, as a model would that was never meant for one.
            return new Tensor[] { Tensor.Of("mean", [((Tensor<float>)inputs[0]).Values.Average()]) };
        }, () => 1, TimeSpan.FromMinutes(1), TimeProvider.System);
        var asked = new[] { 1f, 2f, 3f }.Select(x => batcher.RunAsync([Tensor.Of("x", [x])], default).AsTask()).ToList();
        hold.SetResult();
        Assert.Equal([1f, 2f, 3f], (await Task.WhenAll(asked)).Select(a => ((Tensor<float>)a.Tensors[0]).Values[0]));
        Assert.Contains(2, rows);
    }
}
