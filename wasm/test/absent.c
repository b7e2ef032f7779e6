/*
** Asks the small module's SQLite for what it has not, in the middle of a transaction, and tells what it says. With an
** argument, it runs the statements that it is given.
*/

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
  "CREATE VIRTUAL TABLE lost USING fts5(x)",
  "SELECT sum(x) OVER () FROM kept",
  "SELECT count(*) FILTER (WHERE x > 1) OVER (ORDER BY x) FROM kept",
  "SELECT * FROM ranked",
  "DELETE FROM watched",
  "UPDATE watched SET x = 2",
  "INSERT INTO watched VALUES (1)",
  "DELETE FROM kept RETURNING x",
  "DELETE FROM parents",
  "UPDATE parents SET x = 2",
  "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) DELETE FROM kept WHERE x IN (SELECT n FROM n)",
  "SELECT * FROM kept RIGHT JOIN watched ON kept.x = watched.x",
  "SELECT * FROM kept FULL JOIN watched ON kept.x = watched.x",
  "INSERT INTO parents VALUES (1) ON CONFLICT (x) DO UPDATE SET x = 3",
  "INSERT INTO parents VALUES (1) ON CONFLICT (x) DO NOTHING",
  "INSERT INTO parents VALUES (1) ON CONFLICT DO UPDATE SET x = 3",
  "CREATE TABLE lost (x, y AS (x + 1))",
  "INSERT INTO derived VALUES (1)",
  "UPDATE derived SET x = 2",
  "SELECT y FROM derived",
  "SELECT group_concat(x) FROM kept",
  "DELETE FROM kept WHERE x LIKE '%'",
  "DELETE FROM kept WHERE x GLOB '*'",
  "DELETE FROM kept WHERE char(x) <> ''",
  "DELETE FROM kept WHERE concat(x) <> ''",
  "DELETE FROM kept WHERE concat_ws(x, x) <> ''",
  "DELETE FROM kept WHERE format(x) <> ''",
  "DELETE FROM kept WHERE hex(x) <> ''",
  "DELETE FROM kept WHERE instr(x, x) <> ''",
  "DELETE FROM kept WHERE ltrim(x) <> ''",
  "DELETE FROM kept WHERE nullif(x, x) <> ''",
  "DELETE FROM kept WHERE octet_length(x) <> ''",
  "DELETE FROM kept WHERE printf(x) <> ''",
  "DELETE FROM kept WHERE quote(x) <> ''",
  "DELETE FROM kept WHERE random() <> ''",
  "DELETE FROM kept WHERE randomblob(x) <> ''",
  "DELETE FROM kept WHERE replace(x, x, x) <> ''",
  "DELETE FROM kept WHERE round(x) <> ''",
  "DELETE FROM kept WHERE rtrim(x, x) <> ''",
  "DELETE FROM kept WHERE sign(x) <> ''",
  "DELETE FROM kept WHERE substr(x, x) <> ''",
  "DELETE FROM kept WHERE substring(x, x, x) <> ''",
  "DELETE FROM kept WHERE subtype(x) <> ''",
  "DELETE FROM kept WHERE trim(x) <> ''",
  "DELETE FROM kept WHERE typeof(x) <> ''",
  "DELETE FROM kept WHERE unhex(x) <> ''",
  "DELETE FROM kept WHERE unicode(x) <> ''",
  "DELETE FROM kept WHERE unistr(x) <> ''",
  "DELETE FROM kept WHERE upper(x) <> ''",
  "DELETE FROM kept WHERE zeroblob(x) <> ''",
};

/* Runs a statement to its end, as rusqlite does. */
static int run(sqlite3 *db, const char *sql){
  sqlite3_stmt *statement = 0;
  int rc = sqlite3_prepare_v3(db, sql, -1, 0, &statement, 0);
  while( rc==SQLITE_OK || rc==SQLITE_ROW ) rc = sqlite3_step(statement);
  sqlite3_finalize(statement);
  return rc==SQLITE_DONE ? SQLITE_OK : rc;
}

/* Runs statements, a line each, and prints their rows as sqlite3's program does. */
static int answer(FILE *lines){
  char sql[4096];
  sqlite3 *db = 0;
  sqlite3_open(":memory:", &db);
  while( fgets(sql, sizeof(sql), lines) ){
    sqlite3_stmt *statement = 0;
    int i, rc = sqlite3_prepare_v3(db, sql, -1, 0, &statement, 0);
    while( rc==SQLITE_OK && sqlite3_step(statement)==SQLITE_ROW ){
      for(i=0; i<sqlite3_column_count(statement); i++){
        const char *text = (const char*)sqlite3_column_text(statement, i);
        printf("%s%s", i ? "|" : "", text ? text : "");
      }
      printf("\n");
    }
    if( sqlite3_finalize(statement)!=SQLITE_OK || rc!=SQLITE_OK ) printf("%s: %s", sqlite3_errmsg(db), sql);
  }
  sqlite3_close(db);
  return (int)sqlite3_memory_used();
}

int main(int argc, char **argv){
  sqlite3 *db = 0;
  sqlite3_stmt *count = 0;
  int i, kept = -1;
  if( argc>1 ) return answer(stdin);
  sqlite3_open(":memory:", &db);
  /* Each piece of memory by itself, so that one which is forgotten is seen. */
  sqlite3_db_config(db, SQLITE_DBCONFIG_LOOKASIDE, (void*)0, 0, 0);
  run(db, "CREATE TABLE kept (x CONSTRAINT positive CHECK (x > 0))");
  run(db, "CREATE INDEX by_moment ON kept (strftime('%s', x)) WHERE x > 9");
  /* Windows are parsed wherever they may stand; what is behind a name is looked at when it is asked for. */
  run(db, "CREATE VIEW ranked AS SELECT x, max(x) FILTER (WHERE x > 0) OVER w FROM kept WINDOW w AS (PARTITION BY x)");
  run(db, "CREATE TABLE watched (x)");
  run(db, "CREATE TRIGGER watch AFTER INSERT ON watched BEGIN DELETE FROM kept; END");
  run(db, "CREATE TABLE parents (x PRIMARY KEY)");
  run(db, "CREATE TABLE children (x REFERENCES parents ON DELETE CASCADE ON UPDATE SET NULL)");
  run(db, "INSERT INTO parents VALUES (1)");
  run(db, "CREATE TABLE derived (x)");
  run(db, "PRAGMA writable_schema = ON");
  run(db, "UPDATE sqlite_schema SET sql = 'CREATE TABLE derived (x, y AS (x + 1))' WHERE name = 'derived'");
  run(db, "PRAGMA writable_schema = RESET");
  run(db, "PRAGMA foreign_keys = ON");
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
