using FluentMigrator;

namespace Dowel.Kernel.Relational;

// Versions: the first digits name the room (10 = kernel), the last four count its steps.

/// <summary>Users, tokens, links, projects and members.</summary>
[Migration(10_0001, "identity and projects")]
public sealed class KernelIdentityMigration : ForwardOnlyMigration
{
    /// <inheritdoc/>
    public override void Up()
    {
        Create.Table("kernel_users")
            .WithColumn("id").AsString(64).PrimaryKey()
            .WithColumn("name").AsString(64).NotNullable().Unique()
            .WithColumn("display_name").AsString(200).NotNullable()
            .WithColumn("email").AsString(320).Nullable()
            .WithColumn("password_hash").AsString(500).Nullable()
            .WithColumn("is_admin").AsBoolean().NotNullable()
            .WithColumn("is_auditor").AsBoolean().NotNullable()
            .WithColumn("disabled").AsBoolean().NotNullable()
            .WithColumn("oidc_issuer").AsString(500).Nullable()
            .WithColumn("oidc_subject").AsString(500).Nullable()
            .WithColumn("created_at").AsInt64().NotNullable()
            .WithColumn("last_seen_at").AsInt64().Nullable();
        Create.Index("ix_kernel_users_oidc").OnTable("kernel_users").OnColumn("oidc_issuer").Ascending().OnColumn("oidc_subject").Ascending();

        Create.Table("kernel_tokens")
            .WithColumn("id").AsString(64).PrimaryKey()
            .WithColumn("user_id").AsString(64).NotNullable().Indexed()
            .WithColumn("kind").AsString(16).NotNullable()
            .WithColumn("name").AsString(200).NotNullable()
            .WithColumn("hint").AsString(32).NotNullable()
            .WithColumn("hash").AsString(64).NotNullable().Unique()
            .WithColumn("project_id").AsString(64).Nullable()
            .WithColumn("created_at").AsInt64().NotNullable()
            .WithColumn("expires_at").AsInt64().Nullable()
            .WithColumn("last_used_at").AsInt64().Nullable()
            .WithColumn("revoked_at").AsInt64().Nullable();

        Create.Table("kernel_links")
            .WithColumn("code_hash").AsString(64).PrimaryKey()
            .WithColumn("user_id").AsString(64).NotNullable()
            .WithColumn("expires_at").AsInt64().NotNullable()
            .WithColumn("used_at").AsInt64().Nullable();

        Create.Table("kernel_projects")
            .WithColumn("id").AsString(64).PrimaryKey()
            .WithColumn("name").AsString(64).NotNullable().Unique()
            .WithColumn("description").AsString(int.MaxValue).NotNullable()
            .WithColumn("created_at").AsInt64().NotNullable()
            .WithColumn("revision").AsInt64().NotNullable();

        Create.Table("kernel_members")
            .WithColumn("project_id").AsString(64).NotNullable().PrimaryKey()
            .WithColumn("user_id").AsString(64).NotNullable().PrimaryKey().Indexed("ix_kernel_members_user")
            .WithColumn("role").AsString(16).NotNullable()
            .WithColumn("since").AsInt64().NotNullable();
    }
}

/// <summary>Resources, shares and lineage.</summary>
[Migration(10_0002, "resources, shares, lineage")]
public sealed class KernelResourcesMigration : ForwardOnlyMigration
{
    /// <inheritdoc/>
    public override void Up()
    {
        Create.Table("kernel_resources")
            .WithColumn("id").AsString(64).PrimaryKey()
            .WithColumn("kind").AsString(32).NotNullable()
            .WithColumn("project_id").AsString(64).NotNullable().Indexed("ix_kernel_resources_project")
            // The project's id, or '*' for kinds whose names are unique on the server.
            .WithColumn("name_scope").AsString(64).NotNullable()
            .WithColumn("name").AsString(200).NotNullable()
            .WithColumn("description").AsString(int.MaxValue).NotNullable()
            .WithColumn("owner_id").AsString(64).NotNullable()
            .WithColumn("tags").AsString(int.MaxValue).NotNullable()
            .WithColumn("visibility").AsString(16).NotNullable()
            .WithColumn("created_at").AsInt64().NotNullable()
            .WithColumn("created_by").AsString(64).NotNullable()
            .WithColumn("updated_at").AsInt64().NotNullable()
            .WithColumn("revision").AsInt64().NotNullable();
        Create.Index("ux_kernel_resources_name").OnTable("kernel_resources")
            .OnColumn("kind").Ascending().OnColumn("name").Ascending().OnColumn("name_scope").Ascending().WithOptions().Unique();

        Create.Table("kernel_shares")
            .WithColumn("resource_id").AsString(64).NotNullable().PrimaryKey()
            .WithColumn("user_id").AsString(64).NotNullable().PrimaryKey().Indexed("ix_kernel_shares_user")
            .WithColumn("level").AsString(16).NotNullable();

        Create.Table("kernel_lineage")
            .WithColumn("from_id").AsString(64).NotNullable().PrimaryKey()
            .WithColumn("from_version").AsString(64).NotNullable().PrimaryKey()
            .WithColumn("to_id").AsString(64).NotNullable().PrimaryKey().Indexed("ix_kernel_lineage_to")
            .WithColumn("to_version").AsString(64).NotNullable().PrimaryKey()
            .WithColumn("relation").AsString(32).NotNullable().PrimaryKey()
            .WithColumn("at").AsInt64().NotNullable();
    }
}

/// <summary>The audit trail and its signed head.</summary>
[Migration(10_0003, "audit trail")]
public sealed class KernelAuditMigration : ForwardOnlyMigration
{
    /// <inheritdoc/>
    public override void Up()
    {
        Create.Table("kernel_audit")
            .WithColumn("seq").AsInt64().NotNullable().PrimaryKey()
            .WithColumn("at").AsInt64().NotNullable()
            .WithColumn("actor_id").AsString(64).NotNullable()
            .WithColumn("actor").AsString(64).NotNullable().Indexed("ix_kernel_audit_actor")
            .WithColumn("remote").AsString(64).NotNullable()
            .WithColumn("action").AsString(64).NotNullable()
            .WithColumn("outcome").AsString(16).NotNullable()
            .WithColumn("project").AsString(64).NotNullable()
            .WithColumn("resource_id").AsString(64).NotNullable().Indexed("ix_kernel_audit_resource")
            .WithColumn("resource").AsString(400).NotNullable()
            .WithColumn("before_json").AsString(int.MaxValue).Nullable()
            .WithColumn("after_json").AsString(int.MaxValue).Nullable()
            .WithColumn("hash").AsString(64).NotNullable();

        Create.Table("kernel_audit_head")
            .WithColumn("id").AsInt32().NotNullable().PrimaryKey()
            .WithColumn("seq").AsInt64().NotNullable()
            .WithColumn("hash").AsString(64).NotNullable()
            .WithColumn("mac").AsString(64).NotNullable();
        Insert.IntoTable("kernel_audit_head").Row(new { id = 1, seq = 0L, hash = "", mac = "" });

        Create.Table("kernel_settings")
            .WithColumn("name").AsString(64).NotNullable().PrimaryKey()
            .WithColumn("value").AsString(int.MaxValue).NotNullable();
    }
}

/// <summary>Longer names, a bin, and tags that can be searched.</summary>
[Migration(10_0004, "bin and tags of resources")]
public sealed class KernelBinMigration : ForwardOnlyMigration
{
    /// <inheritdoc/>
    public override void Up()
    {
        Alter.Table("kernel_resources").AddColumn("deleted_at").AsInt64().Nullable();
        // SQLite does not mind lengths, and could not change a column's.
        IfDatabase(name => !name.StartsWith("SQLite", StringComparison.OrdinalIgnoreCase)).Alter.Table("kernel_resources").AlterColumn("name").AsString(500).NotNullable();

        // What kernel_resources.tags holds as JSON, once more for searches.
        Create.Table("kernel_resource_tags")
            .WithColumn("resource_id").AsString(64).NotNullable().PrimaryKey()
            .WithColumn("name").AsString(250).NotNullable().PrimaryKey()
            .WithColumn("value").AsString(int.MaxValue).NotNullable()
            // How the value begins: an index entry of PostgreSQL cannot hold a long text.
            .WithColumn("sort_value").AsString(100).NotNullable();
        Create.Index("ix_kernel_resource_tags_sort").OnTable("kernel_resource_tags").OnColumn("name").Ascending().OnColumn("sort_value").Ascending().OnColumn("resource_id").Ascending();
        IfDatabase(name => name.StartsWith("SQLite", StringComparison.OrdinalIgnoreCase)).Execute.Sql(
            "INSERT INTO kernel_resource_tags (resource_id, name, value, sort_value) SELECT r.id, t.key, t.value, substr(t.value, 1, 100) FROM kernel_resources r, json_each(r.tags) t");
        IfDatabase(name => !name.StartsWith("SQLite", StringComparison.OrdinalIgnoreCase)).Execute.Sql(
            "INSERT INTO kernel_resource_tags (resource_id, name, value, sort_value) SELECT r.id, t.key, t.value, substr(t.value, 1, 100) FROM kernel_resources r, json_each_text(r.tags::json) t");
    }
}

/// <summary>Which project is a user's own.</summary>
[Migration(10_0005, "own projects of users")]
public sealed class KernelOwnProjectMigration : ForwardOnlyMigration
{
    /// <inheritdoc/>
    public override void Up()
    {
        Alter.Table("kernel_users").AddColumn("own_project_id").AsString(64).Nullable();
        // It was made with the account, under the same clock.
        Execute.Sql("""
            UPDATE kernel_users SET own_project_id = (
                SELECT p.id FROM kernel_projects p JOIN kernel_members m ON m.project_id = p.id
                WHERE m.user_id = kernel_users.id AND m.role = 'owner' AND p.created_at >= kernel_users.created_at ORDER BY p.created_at, p.id LIMIT 1)
            """);
    }
}
