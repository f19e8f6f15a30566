await Dowel.Tables.Queries.QueryWorkerProgram.RunAsync();
