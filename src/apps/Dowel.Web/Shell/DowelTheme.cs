namespace Dowel.Web.Shell;

/// <summary>The look: one accent, warm greys, system fonts. The same colours stand as variables in wwwroot/app.css.</summary>
internal static class DowelTheme
{
    private static readonly string[] Sans = ["system-ui", "-apple-system", "Segoe UI", "Noto Sans", "Liberation Sans", "sans-serif"];

    public static MudTheme Theme { get; } = new()
    {
        PaletteLight = new PaletteLight
        {
            Primary = "#0b6b63", PrimaryContrastText = "#ffffff", Secondary = "#5c6763", Tertiary = "#8a6d3b",
            Info = "#2f6690", Success = "#2c7a4b", Warning = "#a65f00", Error = "#b3372c", Dark = "#1d2321",
            TextPrimary = "#1d2321", TextSecondary = "#5c6763", TextDisabled = "#9aa39f",
            ActionDefault = "#5c6763", ActionDisabled = "#b4bbb8", ActionDisabledBackground = "#ecedea",
            Background = "#f6f6f3", BackgroundGray = "#efefeb", Surface = "#ffffff",
            AppbarBackground = "#ffffff", AppbarText = "#1d2321", DrawerBackground = "#f6f6f3", DrawerText = "#1d2321", DrawerIcon = "#5c6763",
            LinesDefault = "#e3e4df", LinesInputs = "#c5cac6", TableLines = "#e9eae6", TableHover = "#f6f6f3", Divider = "#e3e4df", DividerLight = "#eeeeea",
        },
        PaletteDark = new PaletteDark
        {
            Primary = "#4fbfb2", PrimaryContrastText = "#06211e", Secondary = "#9ba7a3", Tertiary = "#d6b070",
            Info = "#7db4dc", Success = "#6cc28c", Warning = "#e0a54a", Error = "#ee8378", Dark = "#e6ebe9",
            TextPrimary = "#e6ebe9", TextSecondary = "#9ba7a3", TextDisabled = "#66706d",
            ActionDefault = "#9ba7a3", ActionDisabled = "#535d5a", ActionDisabledBackground = "#242b29",
            Background = "#111514", BackgroundGray = "#161b1a", Surface = "#191f1d",
            AppbarBackground = "#151a19", AppbarText = "#e6ebe9", DrawerBackground = "#111514", DrawerText = "#e6ebe9", DrawerIcon = "#9ba7a3",
            LinesDefault = "#2b3331", LinesInputs = "#48524f", TableLines = "#252c2a", TableHover = "#1f2624", Divider = "#2b3331", DividerLight = "#232a28",
            OverlayDark = "rgba(0,0,0,0.6)", Black = "#0b0e0d",
        },
        Typography = new Typography
        {
            Default = new DefaultTypography { FontFamily = Sans, FontSize = "0.9375rem", LineHeight = "1.5", LetterSpacing = "normal" },
            H1 = new H1Typography { FontFamily = Sans, FontSize = "1.75rem", FontWeight = "650", LineHeight = "1.25", LetterSpacing = "-0.01em" },
            H6 = new H6Typography { FontFamily = Sans, FontSize = "1.0625rem", FontWeight = "600", LetterSpacing = "normal" },
            Body1 = new Body1Typography { FontFamily = Sans, FontSize = "0.9375rem", LineHeight = "1.5", LetterSpacing = "normal" },
            Body2 = new Body2Typography { FontFamily = Sans, FontSize = "0.875rem", LineHeight = "1.45", LetterSpacing = "normal" },
            Subtitle1 = new Subtitle1Typography { FontFamily = Sans, LetterSpacing = "normal" },
            Subtitle2 = new Subtitle2Typography { FontFamily = Sans, LetterSpacing = "normal" },
            Button = new ButtonTypography { FontFamily = Sans, FontSize = "0.875rem", FontWeight = "550", TextTransform = "none", LetterSpacing = "normal" },
            Caption = new CaptionTypography { FontFamily = Sans, FontSize = "0.8125rem", LetterSpacing = "normal" },
            Overline = new OverlineTypography { FontFamily = Sans, LetterSpacing = "normal" },
        },
        LayoutProperties = new LayoutProperties { DefaultBorderRadius = "8px", DrawerWidthLeft = "236px", AppbarHeight = "56px" },
    };
}
