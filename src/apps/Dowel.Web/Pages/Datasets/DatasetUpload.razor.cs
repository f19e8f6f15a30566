using Microsoft.AspNetCore.Components.Forms;
using Microsoft.Extensions.Options;

namespace Dowel.Web.Pages.Datasets;

/// <summary>Uploads a file as a new dataset, or as a new version of one.</summary>
public partial class DatasetUpload
{
    private IBrowserFile? file;
    private string name = "";
    private string? project;
    private string description = "";
    private bool busy;
    private int percent;
    private Problem? failure;
    private Dataset? made;

    /// <summary>The dataset that gets a version; null for a new one.</summary>
    [Parameter] public Dataset? Dataset { get; set; }

    /// <summary>When it is closed without an upload.</summary>
    [Parameter] public EventCallback OnClose { get; set; }

    /// <summary>When a version was added to <see cref="Dataset"/>.</summary>
    [Parameter] public EventCallback OnUploaded { get; set; }

    [Inject] private IOptions<WebOptions> Options { get; set; } = null!;

    /// <inheritdoc/>
    protected override void OnInitialized() => project = Me.WritableProjects().Count > 0 ? Me.WritableProjects()[0] : null;

    private void Chosen(InputFileChangeEventArgs e)
    {
        failure = null;
        file = e.File;
        if (file.Size > Options.Value.MaxUploadBytes)
        {
            failure = Problems.Of(ErrorCodes.TooLarge, $"{file.Name} has {Formats.Bytes(file.Size)}; here it is {Formats.Bytes(Options.Value.MaxUploadBytes)} at most.") with { Remedy = "Send it with 'dowel dataset upload' or the API." };
            file = null;
            return;
        }
        if (name.Length == 0) name = DatasetNames.FromFile(file.Name);
    }

    private async Task UploadAsync()
    {
        if (file is null) return;
        busy = true;
        percent = 0;
        failure = await FailureOfAsync(async ct =>
        {
            var format = DatasetFormats.OfFile(file.Name);
            // After a failed upload the dataset is there already, still empty: it is tried again, not made again.
            var target = Dataset ?? (made ??= await Api.Datasets.CreateAsync(new CreateDataset { Name = name.Trim(), Project = project, Description = description.Trim() }, ct));
            await using var content = new ProgressStream(file.OpenReadStream(Options.Value.MaxUploadBytes, ct), file.Size, Progress);
            await Api.Datasets.UploadAsync(target.Id, content, format, file.Name, ct);
        });
        busy = false;
        if (failure is not null) return;
        Snackbar.Add($"{file.Name} is uploaded.", Severity.Success);
        if (Dataset is not null) await OnUploaded.InvokeAsync();
        else Nav.NavigateTo($"datasets/{Uri.EscapeDataString(made!.Id)}");
    }

    private void Progress(int now)
    {
        percent = now;
        _ = InvokeAsync(StateHasChanged);
    }
}
