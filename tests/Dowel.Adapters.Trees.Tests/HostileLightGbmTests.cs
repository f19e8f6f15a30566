using System.Text.RegularExpressions;
using Dowel.Kernel.Ports;

namespace Dowel.Adapters.Trees.Tests;

/// <summary>Text that LightGBM's own reader would follow out of its arrays, or for ever.</summary>
public sealed class HostileLightGbmTests : IDisposable
{
    private static readonly string Good = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "References", "lightgbm-4.7.0", "categories", "model.txt"));
    private readonly string _folder = Directory.CreateTempSubdirectory("dowel-lightgbm-bad-").FullName;

    public HostileLightGbmTests() => LightGbmTrainer.SkipWithoutOpenMp();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<string> RefusedAsync(string text)
    {
        File.WriteAllText(Path.Combine(_folder, "model.txt"), text);
        return (await Assert.ThrowsAsync<ModelException>(() => TrainedModels.LoadFolderAsync("lightgbm", _folder))).Message;
    }

    /// <summary>A line of the first tree or the head, what it becomes, and what is said of it.</summary>
    [Theory]
    [InlineData("left_child", "^-?\\d+", "0", "reaches a node twice")]
    [InlineData("left_child", "^-?\\d+", "999", "not a whole number from")]
    [InlineData("left_child", "^-?\\d+", "-999", "not a whole number from")]
    [InlineData("right_child", "^-?\\d+", "1e3", "not a whole number from")]
    [InlineData("right_child", "^-?\\d+ ", "", "numbers, not")]
    [InlineData("split_feature", "^\\d+", "8", "not a whole number from 0 to 7")]
    [InlineData("split_feature", "^\\d+", "-1", "not a whole number from 0 to 7")]
    [InlineData("threshold", "^\\S+", "nan", "not a number")]
    [InlineData("threshold", "^\\S+", "1e999", "not a number")]
    [InlineData("leaf_value", "^\\S+", "inf", "not a number")]
    [InlineData("leaf_value", "$", " 1", "numbers, not")]
    [InlineData("decision_type", "^\\d+", "12", "not a whole number from 0 to 11")]
    [InlineData("num_leaves", ".+", "2000000000", "numbers, not")]
    [InlineData("num_leaves", ".+", "0", "'num_leaves' is '0'")]
    [InlineData("num_leaves", ".+", "99999999999999", "'num_leaves'")]
    [InlineData("num_cat", ".+", "2000000000", "'cat_boundaries' has")]
    [InlineData("num_cat", ".+", "0", "a set of categories that is not there")]
    [InlineData("cat_boundaries", "\\d+$", "1000000", "cat_threshold of tree 0 is not 1000000 numbers")]
    [InlineData("cat_boundaries", "^\\d+", "1", "do not start at 0")]
    [InlineData("cat_threshold", "^\\d+", "-1", "cat_threshold of tree 0")]
    [InlineData("num_class", ".+", "0", "'num_class' is '0'")]
    [InlineData("num_class", ".+", "2", "1 trees an iteration and 2 classes")]
    [InlineData("num_class", ".+", "2000000000", "'num_class'")]
    [InlineData("num_tree_per_iteration", ".+", "2", "2 trees an iteration and 1 classes")]
    [InlineData("max_feature_idx", ".+", "2000000000", "feature_names has 8 names")]
    [InlineData("feature_names", ".+", "a b", "feature_names has 2 names")]
    [InlineData("objective", ".+", "multiclass num_class:50", "not of 1 classes")]
    [InlineData("objective", ".+", "multiclass", "not of 1 classes")]
    [InlineData("objective", ".+", "mine", "knows no objective 'mine'")]
    [InlineData("objective", ".+", "binary sigmoid:../x", "cannot be read")]
    [InlineData("objective", ".+", "binary sigmoid:-1", "Sigmoid parameter")]
    [InlineData("version", ".+", "v9", "version 'v9'")]
    [InlineData("tree_sizes", ".+", "1 2", "trees of 2")]
    public async Task A_damaged_model_is_refused(string key, string pattern, string replacement, string message)
    {
        var line = new Regex($"(?<=^{key}=)[^\n]*", RegexOptions.Multiline);
        var changed = line.Replace(Good, m => Regex.Replace(m.Value, pattern, replacement, RegexOptions.None, TimeSpan.FromSeconds(10)), 1);
        Assert.NotEqual(Good, changed);
        Assert.Contains(message, await RefusedAsync(changed), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_cut_off_is_refused()
    {
        var end = Good.IndexOf("end of trees", StringComparison.Ordinal) + "end of trees".Length;
        for (var length = 0; length < end; length += 61) await RefusedAsync(Good[..length]);
        await RefusedAsync(Good[..(end - 1)]);
        // What follows says how it was trained; prediction needs it not.
        File.WriteAllText(Path.Combine(_folder, "model.txt"), Good[..end]);
        await using var model = await TrainedModels.LoadFolderAsync("lightgbm", _folder);
        await Answers.SameAsync(model, Cases.Read(Path.Combine(AppContext.BaseDirectory, "References", "lightgbm-4.7.0", "categories", "cases.json")));
    }

    [Fact]
    public async Task A_file_with_changed_bytes_is_refused_or_answers()
    {
        var random = new Random(7);
        var end = Good.IndexOf("end of trees", StringComparison.Ordinal);
        var loaded = 0;
        for (var round = 0; round < 400; round++)
        {
            var text = Good.ToCharArray();
            for (var change = 0; change < 1 + (round % 4); change++) text[random.Next(end)] = " 0123456789-=.e\nx"[random.Next(17)];
            File.WriteAllText(Path.Combine(_folder, "model.txt"), new string(text));
            try
            {
                await using var model = await TrainedModels.LoadFolderAsync("lightgbm", _folder);
                await Answers.AskAsync(model, new Cases([.. Enumerable.Range(0, 80).Select(_ => random.NextDouble() * 30)], 10, []));
                loaded++;
            }
            catch (ModelException)
            {
            }
        }
        Assert.InRange(loaded, 1, 399);
    }

    [Fact]
    public async Task What_is_no_model_is_told()
    {
        var e = await Assert.ThrowsAsync<ModelException>(() => TrainedModels.LoadFolderAsync("lightgbm", _folder));
        Assert.Contains("has no file 'model.txt'", e.Message, StringComparison.Ordinal);
        foreach (var text in new[] { "", "x", "{\"name\":\"tree\"}", "tree2\n" }) Assert.Contains("is no text model of LightGBM. Save it with booster.save_model('model.txt')", await RefusedAsync(text), StringComparison.Ordinal);
        Assert.Contains("'version' is missing", await RefusedAsync("tree\n"), StringComparison.Ordinal);
        Assert.Contains("'num_class' is given twice", await RefusedAsync(Good.Replace("num_class=1\n", "num_class=1\nnum_class=1\n", StringComparison.Ordinal)), StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_folder, "model.txt"), Good.ReplaceLineEndings("\r\n"));
        await using var model = await TrainedModels.LoadFolderAsync("lightgbm", _folder);
    }
}
