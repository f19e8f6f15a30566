namespace Dowel.Web.Components;

/// <summary>Who may see a thing, and changing that.</summary>
public partial class SharingPanel
{
    private static readonly Permission[] levels = [Permission.Read, Permission.Use, Permission.Edit];
    private readonly string groupName = $"v{Guid.NewGuid():n}";
    private readonly List<Share> people = [];
    private IReadOnlyList<string> users = [];
    private Sharing? sharing;
    private Visibility visibility;
    private string user = "";
    private Permission newLevel = Permission.Use;
    private bool mayShare;

    /// <summary>The thing.</summary>
    [Parameter, EditorRequired] public ResourceInfo Info { get; set; } = new();

    /// <summary>After a change.</summary>
    [Parameter] public EventCallback OnSaved { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => Info.Id;

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        mayShare = Info.Access >= Permission.Manage;
        Show(await Api.Resources.SharingAsync(Info.Id, cancellationToken));
        if (!mayShare) return;
        // Only a help for typing; where the list is not for everyone, names are typed.
        if (await FailureOfAsync(async ct => users = [.. (await Api.Identity.ListUsersAsync(new ListQuery { Limit = 200 }, ct)).Items.Where(u => !u.Disabled).Select(u => u.Name)]) is not null) users = [];
    }

    private static string Explain(Visibility visibility) => visibility switch
    {
        Visibility.Public => "Everyone who is signed in may see and use it.",
        Visibility.Shared => "The members of its project, and the people named below.",
        _ => "The members of its project.",
    };

    private void Show(Sharing value)
    {
        sharing = value;
        visibility = value.Visibility;
        people.Clear();
        people.AddRange(value.People);
    }

    private bool Changed(Sharing now) => visibility != now.Visibility || (visibility == Visibility.Shared && !people.ToHashSet().SetEquals(now.People));

    private void SetLevel(string name, ChangeEventArgs e)
    {
        var index = people.FindIndex(p => p.User == name);
        if (index >= 0 && Enum.TryParse<Permission>(e.Value?.ToString(), out var level)) people[index] = people[index] with { Level = level };
    }

    private void AddPerson()
    {
        var name = user.Trim();
        if (name.Length == 0) return;
        people.RemoveAll(p => p.User == name);
        people.Add(new Share(name, newLevel));
        user = "";
    }

    private async Task SaveAsync()
    {
        // A name that was typed but not added yet is meant as well.
        AddPerson();
        var wanted = new Sharing { Visibility = visibility, People = visibility == Visibility.Shared ? [.. people] : [] };
        if (await DoAsync(async ct => Show(await Api.Resources.ShareAsync(Info.Id, wanted, ct)), "Saved.")) await OnSaved.InvokeAsync();
    }
}
