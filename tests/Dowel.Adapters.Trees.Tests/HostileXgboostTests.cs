using System.Text;
using System.Text.Json.Nodes;
using Dowel.Kernel.Ports;

namespace Dowel.Adapters.Trees.Tests;

/// <summary>Files that are no models, or models that would crash, hang or fill the memory of whoever believes them.</summary>
public sealed class HostileXgboostTests(TrainedModels models) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dowel-xgboost-bad-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<string> RefusedAsync(byte[] bytes, string file = "model.json", Action<TreeOptions>? configure = null)
    {
        File.WriteAllBytes(Path.Combine(_folder, file), bytes);
        var e = await Assert.ThrowsAsync<ModelException>(() => TrainedModels.LoadFolderAsync("xgboost", _folder, null, configure));
        Assert.DoesNotContain(_folder, e.Message, StringComparison.Ordinal);
        return e.Message;
    }

    private static JsonArray Array(params double[] values) => [.. values.Select(v => (JsonNode)v)];

    /// <summary>What is done to a model that is good: two trees, the first with a numeric split and the second with a categorical one.</summary>
    public static readonly TheoryData<string> Damages =
    [
        "nothing", "cycle", "self", "shared child", "child out of range", "child below", "one child", "feature out of range", "feature below", "fraction", "nan split", "nan leaf", "infinite leaf", "short array", "long array",
        "wrong type", "text in array", "no trees", "no learner", "no objective", "objective unknown", "objective number", "no features", "many features", "negative classes", "many classes", "classes without trees", "group out of range", "base score text",
        "base score impossible", "base score many", "nodes said otherwise", "no nodes", "category below", "category huge", "categories out of range", "categories overlap", "category node twice", "category node missing", "names too few", "names numbers",
        "booster unknown", "weights too few", "vector leaf", "tree is text", "tree info short", "default left two",
    ];

    private static JsonObject Good()
    {
        static JsonObject Tree(double[] left, double[] right, double[] feature, double[] condition, bool categorical) => new()
        {
            ["tree_param"] = new JsonObject { ["num_nodes"] = left.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), ["size_leaf_vector"] = "0" },
            ["left_children"] = Array(left), ["right_children"] = Array(right), ["split_indices"] = Array(feature), ["split_conditions"] = Array(condition), ["default_left"] = Array(new double[left.Length]),
            ["split_type"] = Array([categorical ? 1 : 0, .. new double[left.Length - 1]]),
            ["categories"] = categorical ? Array(1, 3) : [], ["categories_nodes"] = categorical ? Array(0) : [], ["categories_segments"] = categorical ? Array(0) : [], ["categories_sizes"] = categorical ? Array(2) : [],
        };
        return new JsonObject
        {
            ["learner"] = new JsonObject
            {
                ["feature_names"] = new JsonArray("a", "b"),
                ["gradient_booster"] = new JsonObject
                {
                    ["name"] = "gbtree",
                    ["model"] = new JsonObject
                    {
                        ["gbtree_model_param"] = new JsonObject { ["num_trees"] = "2", ["num_parallel_tree"] = "1" },
                        ["tree_info"] = Array(0, 0),
                        ["trees"] = new JsonArray(Tree([1, 3, -1, -1, -1], [2, 4, -1, -1, -1], [0, 1, 0, 0, 0], [0.5, 1.5, 10, 20, 30], false), Tree([1, -1, -1], [2, -1, -1], [1, 0, 0], [0, 1, 2], true)),
                    },
                },
                ["learner_model_param"] = new JsonObject { ["base_score"] = "5E-1", ["num_class"] = "0", ["num_feature"] = "2", ["num_target"] = "1" },
                ["objective"] = new JsonObject { ["name"] = "reg:squarederror" },
            },
        };
    }

    private static byte[] Damaged(string damage)
    {
        var document = Good();
        var learner = document["learner"]!.AsObject();
        var parameters = learner["learner_model_param"]!;
        var booster = learner["gradient_booster"]!.AsObject();
        var model = booster["model"]!.AsObject();
        var tree = model["trees"]![0]!.AsObject();
        var sets = model["trees"]![1]!.AsObject();
        switch (damage)
        {
            case "nothing": break;
            case "cycle": tree["left_children"]![1] = 0; break;
            case "self": tree["left_children"]![1] = 1; break;
            case "shared child": tree["right_children"]![1] = 2; break;
            case "child out of range": tree["left_children"]![1] = 5; break;
            case "child below": tree["left_children"]![1] = -7; break;
            case "one child": tree["right_children"]![1] = -1; break;
            case "feature out of range": tree["split_indices"]![0] = 2; break;
            case "feature below": tree["split_indices"]![0] = -1; break;
            case "fraction": tree["left_children"]![1] = 3.5; break;
            case "nan split": return Replaced("0.5,1.5", "NaN,1.5");
            case "nan leaf": return Replaced("10,20", "NaN,20");
            case "infinite leaf": return Replaced("10,20", "-Infinity,20");
            case "short array": tree["split_conditions"]!.AsArray().RemoveAt(4); break;
            case "long array": tree["default_left"]!.AsArray().Add(0); break;
            case "wrong type": tree["left_children"] = "1,3"; break;
            case "text in array": tree["left_children"]![1] = "3"; break;
            case "no trees": model.Remove("trees"); break;
            case "no learner": document.Remove("learner"); break;
            case "no objective": learner.Remove("objective"); break;
            case "objective unknown": learner["objective"]!["name"] = "mine:own"; break;
            case "objective number": learner["objective"]!["name"] = 7; break;
            case "no features": parameters["num_feature"] = "0"; break;
            case "many features": parameters["num_feature"] = "99999999999"; break;
            case "negative classes": parameters["num_class"] = "-1"; break;
            case "many classes": parameters["num_class"] = "2000000000"; break;
            case "classes without trees": parameters["num_class"] = "100000"; break;
            case "group out of range": model["tree_info"]![1] = 1; break;
            case "base score text": parameters["base_score"] = "half"; break;
            case "base score impossible": (parameters["base_score"], learner["objective"]!["name"]) = ("-1", "count:poisson"); break;
            case "base score many": parameters["base_score"] = "[1,2,3]"; break;
            case "nodes said otherwise": tree["tree_param"]!["num_nodes"] = "4"; break;
            case "no nodes":
                foreach (var key in new[] { "left_children", "right_children", "split_indices", "split_conditions", "default_left", "split_type" }) tree[key] = new JsonArray();
                tree["tree_param"]!["num_nodes"] = "0";
                break;
            case "category below": sets["categories"]![0] = -1; break;
            case "category huge": sets["categories"]![0] = 1 << 24; break;
            case "categories out of range": sets["categories_sizes"]![0] = 3; break;
            case "categories overlap": (sets["categories_nodes"], sets["categories_segments"], sets["categories_sizes"]) = (Array(0, 1), Array(0, 0), Array(2, 2)); break;
            case "category node twice": (sets["categories_nodes"], sets["categories_segments"], sets["categories_sizes"]) = (Array(0, 0), Array(0, 1), Array(1, 1)); break;
            case "category node missing": (sets["categories_nodes"], sets["categories_segments"], sets["categories_sizes"]) = (new JsonArray(), new JsonArray(), new JsonArray()); break;
            case "names too few": learner["feature_names"] = new JsonArray("a"); break;
            case "names numbers": learner["feature_names"] = new JsonArray(1, 2); break;
            case "booster unknown": booster["name"] = "other"; break;
            case "weights too few": model["weight_drop"] = Array(1); break;
            case "vector leaf": tree["tree_param"]!["size_leaf_vector"] = "2"; break;
            case "tree is text": model["trees"] = new JsonArray("x", "y"); break;
            case "tree info short": model["tree_info"] = Array(0); break;
            case "default left two": tree["default_left"]![0] = 2; break;
            default: throw new ArgumentException(damage);
        }
        return Encoding.UTF8.GetBytes(document.ToJsonString());

        byte[] Replaced(string from, string to)
        {
            var text = document.ToJsonString();
            Assert.Contains(from, text, StringComparison.Ordinal);
            return Encoding.UTF8.GetBytes(text.Replace(from, to, StringComparison.Ordinal));
        }
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task A_damaged_model_is_refused(string damage)
    {
        var bytes = Damaged(damage);
        if (damage != "nothing")
        {
            await RefusedAsync(bytes);
            return;
        }
        File.WriteAllBytes(Path.Combine(_folder, "model.json"), bytes);
        await using var model = await TrainedModels.LoadFolderAsync("xgboost", _folder);
        // 0.5, then 20 of a < 0.5 and b < 1.5, 30 of b >= 1.5, 10 of the others; 2 where b is 1, 3 or missing, else 1.
        double[] expected = [22.5, 32.5, 11.5, 12.5];
        Assert.Equal(expected, await Answers.AskAsync(model, new Cases([0, 1, 0, 3, 0.5, 2, double.NaN, double.NaN], 4, [])));
    }

    [Fact]
    public async Task What_versions_since_3_1_write_is_read()
    {
        // The base score as an array, the weights of dart beside the trees.
        var document = Good();
        var learner = document["learner"]!;
        learner["learner_model_param"]!["base_score"] = "[5E-1]";
        learner["gradient_booster"]!["model"]!["weight_drop"] = Array(0.5, 1);
        await AnswersAsync([0.5 + (0.5 * 20) + 2, 0.5 + (0.5 * 10) + 1]);

        // One for each target.
        learner["learner_model_param"]!["num_target"] = "2";
        learner["learner_model_param"]!["base_score"] = "[1E0,2.5E0]";
        learner["gradient_booster"]!["model"]!["tree_info"] = Array(0, 1);
        await AnswersAsync([1 + (0.5 * 20), 2.5 + 2, 1 + (0.5 * 10), 2.5 + 1]);

        async Task AnswersAsync(double[] expected)
        {
            File.WriteAllText(Path.Combine(_folder, "model.json"), document.ToJsonString());
            await using var model = await TrainedModels.LoadFolderAsync("xgboost", _folder);
            Assert.Equal(expected, await Answers.AskAsync(model, new Cases([0, 1, 0.5, 2], 2, [])));
        }
    }

    [Theory]
    [InlineData("json")]
    [InlineData("ubj")]
    public async Task A_file_that_is_cut_off_anywhere_is_refused(string format)
    {
        var bytes = await File.ReadAllBytesAsync(Path.Combine(await models.PathAsync($"linear-{format}"), $"model.{format}"));
        for (var length = 0; length < bytes.Length; length += length < 100 ? 1 : 7) await RefusedAsync(bytes[..length], $"model.{format}");
    }

    [Theory]
    [InlineData("categories-hist-1-json")]
    [InlineData("categories-hist-1-ubj")]
    public async Task A_file_with_changed_bytes_is_refused_or_answers(string name)
    {
        var file = $"model.{name[(name.LastIndexOf('-') + 1)..]}";
        var good = await File.ReadAllBytesAsync(Path.Combine(await models.PathAsync(name), file));
        var random = new Random(7);
        var loaded = 0;
        for (var round = 0; round < 300; round++)
        {
            var bytes = good.ToArray();
            for (var change = 0; change < 1 + (round % 5); change++) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(Path.Combine(_folder, file), bytes);
            try
            {
                await using var model = await TrainedModels.LoadFolderAsync("xgboost", _folder);
                await Answers.AskAsync(model, new Cases([.. Enumerable.Range(0, 40).Select(_ => random.NextDouble() * 30)], 10, []));
                loaded++;
            }
            catch (ModelException)
            {
            }
        }
        Assert.InRange(loaded, 1, 299);
    }

    [Fact]
    public async Task Small_files_do_not_become_large()
    {
        // Lengths that the file does not have, in each kind of array, text and key.
        foreach (var array in new[] { "[$l#L", "[$L#L", "[#L", "SL" })
            foreach (var length in new long[] { -1, 1000, int.MaxValue, long.MaxValue, long.MinValue })
            {
                var message = await RefusedAsync([.. "{L"u8, 0, 0, 0, 0, 0, 0, 0, 7, .. "learner"u8, .. Encoding.ASCII.GetBytes(array), .. BitConverter.GetBytes(length).Reverse(), (byte)'}'], "model.ubj");
                Assert.True(message.Contains("cut off", StringComparison.Ordinal) || message.Contains("negative", StringComparison.Ordinal), message);
                File.Delete(Path.Combine(_folder, "model.ubj"));
            }
        Assert.Contains("nested too deep", await RefusedAsync(Encoding.ASCII.GetBytes("{\"learner\":" + new string('[', 100_000))), StringComparison.Ordinal);
        Assert.Contains("nested too deep", await RefusedAsync(Encoding.ASCII.GetBytes("{\"other\":" + string.Concat(Enumerable.Repeat("{\"a\":", 100_000)))), StringComparison.Ordinal);
        File.Delete(Path.Combine(_folder, "model.json"));
        Assert.Contains("nested too deep", await RefusedAsync([.. "{i\u0007learner"u8, .. Enumerable.Repeat((byte)'[', 100_000)], "model.ubj"), StringComparison.Ordinal);
        File.Delete(Path.Combine(_folder, "model.ubj"));
        Assert.Contains("values", await RefusedAsync(Encoding.ASCII.GetBytes("{\"learner\":[" + string.Concat(Enumerable.Repeat("[],", 5_000_001)))), StringComparison.Ordinal);
        Assert.Contains("loads 100 at most", await RefusedAsync(Damaged("nothing"), configure: o => o.MaxBytes = 100), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_older_binary_format_is_told_what_to_do()
    {
        var old = await File.ReadAllBytesAsync(await models.PathAsync("old.model"));
        foreach (var name in new[] { "old.model", "model.bst", "model.xgb", "model.json" })
        {
            Assert.Contains("booster.save_model('model.json')", await RefusedAsync(old, name), StringComparison.Ordinal);
            File.Delete(Path.Combine(_folder, name));
        }
    }

    [Fact]
    public async Task What_is_no_model_is_told()
    {
        var e = await Assert.ThrowsAsync<ModelException>(() => TrainedModels.LoadFolderAsync("xgboost", _folder));
        Assert.Contains("has no file 'model.json'", e.Message, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_folder, "input_example.json"), "{}");
        Assert.Contains("'learner' is not an object", await RefusedAsync("{}"u8.ToArray(), "a.json"), StringComparison.Ordinal);
        Assert.Contains("several files that could be it (a.json, b.ubj)", await RefusedAsync("{}"u8.ToArray(), "b.ubj"), StringComparison.Ordinal);
        Assert.Contains("at byte 3, text is expected", await RefusedAsync("{ learner}"u8.ToArray()), StringComparison.Ordinal);
        Assert.Contains("'learner' is given twice", await RefusedAsync("{\"learner\":{},\"learner\":{}}"u8.ToArray()), StringComparison.Ordinal);
        // A model as UBJSON under the older ending is loaded.
        File.Delete(Path.Combine(_folder, "model.json"));
        File.Copy(Path.Combine(await models.PathAsync("binary-logistic-ubj"), "model.ubj"), Path.Combine(_folder, "model.xgb"));
        await using var model = await TrainedModels.LoadFolderAsync("xgboost", _folder);
        await Answers.SameAsync(model, await models.CasesAsync("binary-logistic"));
    }
}
