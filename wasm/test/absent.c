/* Asks the small module's SQLite for what it has not, in the middle of a transaction, and tells what it says. */

#include "../sqlite/sqlite3.c"

static const char *const WISHES[] = {
  "ALTER TABLE kept RENAME TO lost",
  "ALTER TABLE kept RENAME x TO y",
  "ALTER TABLE kept ADD COLUMN y TEXT NOT NULL DEFAULT (1 + 1)",
  "ALTER TABLE kept ADD CONSTRAINT positive CHECK (x > 0)",
  "ALTER TABLE kept DROP COLUMN x",
  "ALTER TABLE kept DROP CONSTRAINT positive",
  "ALTER TABLE kept ALTER COLUMN x SET NOT NULL",
  "ALTER TABLE kept ALTER COLUMN x DROP NOT NULL",
  "ANALYZE",
  "ANALYZE kept",
  "REINDEX",
  "REINDEX kept",
  "VACUUM",
  "VACUUM INTO 'lost' || '.db'",
  "EXPLAIN DELETE FROM kept",
  "EXPLAIN QUERY PLAN DELETE FROM kept",
  "DELETE FROM kept WHERE strftime('%s', x) > 0",
  "DELETE FROM kept WHERE date() > x",
  "DELETE FROM kept WHERE time(x) <> datetime(x)",
  "DELETE FROM kept WHERE julianday(x) > unixepoch(x)",
  "DELETE FROM kept WHERE timediff(x, x) <> ''",
  "DELETE FROM kept WHERE current_time > ''",
  "DELETE FROM kept WHERE current_date > ''",
  "DELETE FROM kept WHERE current_timestamp > ''",
};

/* Runs a statement to its end, as rusqlite does. */
static int run(sqlite3 *db, const char *sql){
  sqlite3_stmt *statement = 0;
  int rc = sqlite3_prepare_v3(db, sql, -1, 0, &statement, 0);
  while( rc==SQLITE_OK || rc==SQLITE_ROW ) rc = sqlite3_step(statement);
  sqlite3_finalize(statement);
  return rc==SQLITE_DONE ? SQLITE_OK : rc;
}

int main(void){
  sqlite3 *db = 0;
  sqlite3_stmt *count = 0;
  int i, kept = -1;
  sqlite3_open(":memory:", &db);
  /* Each piece of memory by itself, so that one which is forgotten is seen. */
  sqlite3_db_config(db, SQLITE_DBCONFIG_LOOKASIDE, (void*)0, 0, 0);
  run(db, "CREATE TABLE kept (x CONSTRAINT positive CHECK (x > 0))");
  run(db, "CREATE INDEX by_moment ON kept (strftime('%s', x)) WHERE x > 9");
  run(db, "BEGIN");
  run(db, "INSERT INTO kept VALUES (1), (2)");
  for(i=0; i<(int)ArraySize(WISHES); i++){
    int rc = run(db, WISHES[i]);
    printf("%d\t%s\t%s\n", rc, sqlite3_errmsg(db), WISHES[i]);
  }
  printf("%d\t\tCOMMIT\n", run(db, "COMMIT"));
  sqlite3_prepare_v3(db, "SELECT count(*) FROM kept", -1, 0, &count, 0);
  if( sqlite3_step(count)==SQLITE_ROW ) kept = sqlite3_column_int(count, 0);
  sqlite3_finalize(count);
  i = sqlite3_close(db);
  printf("%d\t\t%d rows, %d bytes\n", i, kept, (int)sqlite3_memory_used());
  return 0;
}
