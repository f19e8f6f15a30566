await Dowel.Tables.Workers.WorkerProgram.RunAsync();
