//! What an operator does with a fleet before and after nodes serve it.

use std::{env, path::Path, process::ExitCode};

use refundry_fleet::{
    Carried, Postgres, PostgresOptions, into_fleet, is_database_url, make_snapshot, out_of_fleet,
};

const USAGE: &str = "usage:
  refundry-fleet set-up ROLE       make the tables, and let a role that exists append and read;
                                   of a fleet that is there, add what this program has that it lacks
  refundry-fleet let-read ROLE     let a role that exists read the views, and no table
  refundry-fleet snapshot MERCHANT FOLDER
                                   make a snapshot of a long book, from which new nodes begin; its file
                                   is in the folder meanwhile
  refundry-fleet move-in FILE      carry the books of a ledger's file into the fleet
  refundry-fleet move-out ROLE FILE
                                   stop the role from appending, and carry all books into a file

The database's address is read from REFUNDRY_DATABASE, because a command line can be seen by others:
postgres://user:password@host/database. REFUNDRY_DATABASE_CERTIFICATES names a file with the
certificates (PEM) that the database's has to be signed by; without it only the loopback is reached.
set-up, let-read and move-out take the address of the tables' owner, move-in and snapshot that of the
nodes' role.";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(done) => {
            println!("{done}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<String, String> {
    let told = |error: &dyn std::fmt::Display| error.to_string();
    match arguments {
        ["set-up", role] => {
            Postgres::set_up(&options()?, role).map_err(|error| told(&error))?;
            Ok(format!("the tables are there; nodes connect as {role}"))
        }
        ["let-read", role] => {
            Postgres::let_read(&options()?, role).map_err(|error| told(&error))?;
            Ok(format!("{role} may read the views"))
        }
        ["snapshot", merchant, folder] => {
            let mut engine = Postgres::new(options()?).map_err(|error| told(&error))?;
            let made = make_snapshot(&mut engine, merchant, Path::new(folder));
            Ok(match made.map_err(|error| told(&error))? {
                Some(head) => format!("the snapshot ends with recording {}", head.mark),
                None => format!("the book of {merchant} is so short that no node needs a snapshot"),
            })
        }
        ["move-in", file] => {
            let mut engine = Postgres::new(options()?).map_err(|error| told(&error))?;
            let carried = into_fleet(Path::new(file), &mut engine).map_err(|error| told(&error))?;
            Ok(format!("{}; the file is now {file}.moved", said(carried)))
        }
        ["move-out", role, file] => {
            Postgres::close(&options()?, role).map_err(|error| told(&error))?;
            let mut engine = Postgres::new(options()?).map_err(|error| told(&error))?;
            let carried =
                out_of_fleet(&mut engine, Path::new(file)).map_err(|error| told(&error))?;
            Ok(format!("{}; {role} can't append to the fleet any more", said(carried)))
        }
        _ => Err(USAGE.to_owned()),
    }
}

fn said(Carried { books, recordings }: Carried) -> String {
    format!("{books} books are there, {recordings} recordings of them new")
}

fn options() -> Result<PostgresOptions, String> {
    let url = env::var("REFUNDRY_DATABASE")
        .map_err(|_| format!("REFUNDRY_DATABASE is not set\n\n{USAGE}"))?;
    if !is_database_url(&url) {
        return Err("REFUNDRY_DATABASE is no address of a database, which begins with postgres://; \
                    nothing was changed; the path of a ledger's file is given to move-in or move-out"
            .to_owned());
    }
    let mut options = PostgresOptions::at(url);
    options.certificates = env::var_os("REFUNDRY_DATABASE_CERTIFICATES").map(Into::into);
    Ok(options)
}
