global using Dowel.Client;
global using Dowel.Contracts;
global using Dowel.Web.Charts;
global using Dowel.Web.Components;
global using Dowel.Web.Session;
global using Dowel.Web.Shell;
global using Microsoft.AspNetCore.Components;
global using MudBlazor;
global using Endpoint = Dowel.Contracts.Endpoint;
