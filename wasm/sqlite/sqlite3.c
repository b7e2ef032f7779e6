/*
** SQLite for refundry.wasm, without what none of the library's statements needs. Whoever asks for it after all gets an
** error before anything is done. What a schema may hold stays, because a ledger's file is parsed as a whole: a
** definition that others left there must not keep the file from being opened.
*/

#define SQLITE_OMIT_ALTERTABLE
#define SQLITE_OMIT_ANALYZE
#define SQLITE_OMIT_AUTOMATIC_INDEX
#define SQLITE_OMIT_DATETIME_FUNCS
#define SQLITE_OMIT_EXPLAIN
#define SQLITE_OMIT_INTEGRITY_CHECK
#define SQLITE_OMIT_REINDEX
#define SQLITE_OMIT_VACUUM

#define ABSENT "not in refundry.wasm; refundry/full has it"

#include <time.h>

/* All that is left of the date functions asks the C library for the time, which is not here either. */
#define gmtime(moment) (sqlite3_result_error(context, "current_time: " ABSENT, -1), (struct tm*)0)
#define strftime(text, size, format, moment) ((void)0)

/* Both come back below. */
#define SQLITE_EXTRA_INIT absentFunctions
#define sqlite3_prepare_v3 prepareOrExplain

/* The build looks for the header and the shim from the crate's folder. */
#include "../sqlite3/sqlite3.c"

#undef sqlite3_prepare_v3

/* An index may name these functions, and then they must be known. */
static void absentFunc(sqlite3_context *context, int argc, sqlite3_value **argv){
  sqlite3_result_error(context, "functions of date and time: " ABSENT, -1);
}

int absentFunctions(const char *unused){
  static FuncDef functions[] = {
    PURE_DATE(julianday, -1, 0, 0, absentFunc),
    PURE_DATE(unixepoch, -1, 0, 0, absentFunc),
    PURE_DATE(date, -1, 0, 0, absentFunc),
    PURE_DATE(time, -1, 0, 0, absentFunc),
    PURE_DATE(datetime, -1, 0, 0, absentFunc),
    PURE_DATE(strftime, -1, 0, 0, absentFunc),
    PURE_DATE(timediff, 2, 0, 0, absentFunc),
  };
  sqlite3InsertBuiltinFuncs(functions, ArraySize(functions));
  return SQLITE_OK;
}

/* Without its listing, a statement that is to be explained would be run. */
int sqlite3_prepare_v3(
  sqlite3 *db, const char *sql, int size, unsigned int flags, sqlite3_stmt **statement, const char **tail
){
  int rc = prepareOrExplain(db, sql, size, flags, statement, tail);
  if( rc==SQLITE_OK && sqlite3_stmt_isexplain(*statement) ){
    sqlite3_finalize(*statement);
    *statement = 0;
    rc = SQLITE_ERROR;
    sqlite3ErrorWithMsg(db, rc, "EXPLAIN: " ABSENT);
  }
  return rc;
}

/* What the parser calls frees what it is given. */
static void absent(Parse *parse, const char *what, SrcList *table, Expr *expression){
  sqlite3ErrorMsg(parse, "%s: " ABSENT, what);
  sqlite3SrcListDelete(parse->db, table);
  sqlite3ExprDelete(parse->db, expression);
}

static void absentAlter(Parse *parse, SrcList *table, Expr *check){
  absent(parse, "ALTER TABLE", table, check);
}

void sqlite3AlterRenameTable(Parse *parse, SrcList *table, Token *name){ absentAlter(parse, table, 0); }
void sqlite3AlterRenameColumn(Parse *parse, SrcList *table, Token *old, Token *name){ absentAlter(parse, table, 0); }
void sqlite3AlterBeginAddColumn(Parse *parse, SrcList *table){ absentAlter(parse, table, 0); }
void sqlite3AlterFinishAddColumn(Parse *parse, Token *column){ absentAlter(parse, 0, 0); }
void sqlite3AlterDropColumn(Parse *parse, SrcList *table, const Token *name){ absentAlter(parse, table, 0); }
void sqlite3AlterDropConstraint(Parse *parse, SrcList *table, Token *name, Token *column){ absentAlter(parse, table, 0); }
void sqlite3AlterSetNotNull(Parse *parse, SrcList *table, Token *column, Token *first){ absentAlter(parse, table, 0); }
void sqlite3AlterAddConstraint(
  Parse *parse, SrcList *table, Token *first, Token *name, const char *text, int size, Expr *check
){ absentAlter(parse, table, check); }

void sqlite3Analyze(Parse *parse, Token *first, Token *second){ absent(parse, "ANALYZE", 0, 0); }
void sqlite3Reindex(Parse *parse, Token *first, Token *second){ absent(parse, "REINDEX", 0, 0); }
void sqlite3Vacuum(Parse *parse, Token *name, Expr *into){ absent(parse, "VACUUM", 0, into); }

/* It is left out with VACUUM, though a backup needs it; as SQLite has it. */
void sqlite3PagerClearCache(Pager *pager){
  if( pager->tempFile==0 ) pager_reset(pager);
}
