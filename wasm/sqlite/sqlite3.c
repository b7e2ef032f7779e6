/*
** SQLite for refundry.wasm, without what none of the library's statements needs. Whoever asks for it after all gets an
** error before anything is done. What a schema may hold stays, because a ledger's file is parsed as a whole: a
** definition that others left there must not keep the file from being opened.
**
** What SQLite has options for is left out by them. The functions below that begin with REPLACED stand in place of
** SQLite's own: cut.c is SQLite's source with their declarations alone (xtask/src/wasm/sqlite.rs).
*/

#define SQLITE_OMIT_ALTERTABLE
#define SQLITE_OMIT_ANALYZE
#define SQLITE_OMIT_AUTOMATIC_INDEX
#define SQLITE_OMIT_DATETIME_FUNCS
#define SQLITE_OMIT_EXPLAIN
#define SQLITE_OMIT_INTEGRITY_CHECK
#define SQLITE_OMIT_LIKE_OPTIMIZATION
#define SQLITE_OMIT_REINDEX
#define SQLITE_OMIT_VACUUM
#define SQLITE_OMIT_VIRTUALTABLE

#define ABSENT "not in refundry.wasm; refundry/full has it"

#include <time.h>

/* Temporary tables and sorting are in memory alone: no pragma moves them into a file. */
#undef SQLITE_TEMP_STORE
#define SQLITE_TEMP_STORE 3

/* All that is left of the date functions asks the C library for the time, which is not here either. */
#define gmtime(moment) (sqlite3_result_error(context, "current_time: " ABSENT, -1), (struct tm*)0)
#define strftime(text, size, format, moment) ((void)0)

/* Both come back below. */
#define SQLITE_EXTRA_INIT absentFunctions
#define sqlite3_prepare_v3 prepareOrExplain

#include "cut.c"

#undef sqlite3_prepare_v3

/* An index may name these functions, and then they must be known. */
static void absentFunc(sqlite3_context *context, int argc, sqlite3_value **argv){
  sqlite3_result_error(context, "this function: " ABSENT, -1);
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

/* A virtual table that is in the file already is passed over: to the library's statements it is not there. */
void sqlite3VtabBeginParse(Parse *parse, Token *name, Token *second, Token *module, int isOptional){
  if( !parse->db->init.busy ) absent(parse, "virtual tables", 0, 0);
}
void sqlite3VtabFinishParse(Parse *parse, Token *end){}
void sqlite3VtabArgInit(Parse *parse){}
void sqlite3VtabArgExtend(Parse *parse, Token *token){}

#define REPLACED

/* Windows are parsed, because a view may have some, and not run. Functions that are nothing without one are not known. */
REPLACED int sqlite3WindowRewrite(Parse *parse, Select *select){
  if( select->pWin ) absent(parse, "window functions", 0, 0);
  return select->pWin!=0;
}
REPLACED void sqlite3WindowCodeInit(Parse *parse, Select *select){}
REPLACED void sqlite3WindowCodeStep(Parse *parse, Select *select, WhereInfo *where, int sub, int address){}
REPLACED void sqlite3WindowUpdate(Parse *parse, Window *list, Window *window, FuncDef *function){}
REPLACED void sqlite3WindowFunctions(void){}

/*
** The ledger's handles switch triggers off, but for those in the temporary schema, of which RETURNING makes one. None
** of the ledger's own foreign keys has an action, which would be a trigger too.
*/
REPLACED Trigger *triggersReallyExist(Parse *parse, Table *table, int operation, ExprList *changes, int *mask){
  if( (parse->db->flags & SQLITE_EnableTrigger) || tempTriggersExist(parse->db) ) absent(parse, "triggers", 0, 0);
  if( mask ) *mask = 0;
  return 0;
}
REPLACED Trigger *fkActionTrigger(Parse *parse, Table *table, FKey *key, ExprList *changes){
  if( key->aAction[changes!=0]!=OE_None ) absent(parse, "actions of foreign keys", 0, 0);
  return 0;
}

REPLACED void sqlite3CodeRowTrigger(
  Parse *parse, Trigger *trigger, int operation, ExprList *changes, int when, Table *table, int row, int conflict, int ignore
){
  if( trigger ) absent(parse, "triggers", 0, 0);
}
REPLACED void sqlite3CodeRowTriggerDirect(
  Parse *parse, Trigger *trigger, Table *table, int row, int conflict, int ignore
){
  absent(parse, "triggers", 0, 0);
}

REPLACED int sqlite3UpsertAnalyzeTarget(Parse *parse, SrcList *tables, Upsert *upsert, Upsert *all){
  absent(parse, "ON CONFLICT DO", 0, 0);
  return SQLITE_ERROR;
}
REPLACED void sqlite3UpsertDoUpdate(Parse *parse, Upsert *upsert, Table *table, Index *index, int cursor){
  absent(parse, "ON CONFLICT DO", 0, 0);
}

REPLACED void sqlite3ComputeGeneratedColumns(Parse *parse, int row, Table *table){
  absent(parse, "generated columns", 0, 0);
}
REPLACED void sqlite3ExprCodeGeneratedColumn(Parse *parse, Table *table, Column *column, int to){
  absent(parse, "generated columns", 0, 0);
}

REPLACED void generateWithRecursiveQuery(Parse *parse, Select *select, SelectDest *to){
  absent(parse, "WITH RECURSIVE", 0, 0);
}
REPLACED void sqlite3WhereRightJoinLoop(WhereInfo *where, int level, WhereLevel *inner){
  absent(where->pParse, "RIGHT JOIN", 0, 0);
}

#define ABSENT_FUNCTION (sqlite3_context *context, int argc, sqlite3_value **argv){ absentFunc(context, argc, argv); }

REPLACED void bytelengthFunc ABSENT_FUNCTION
REPLACED void charFunc ABSENT_FUNCTION
REPLACED void concatFunc ABSENT_FUNCTION
REPLACED void concatwsFunc ABSENT_FUNCTION
REPLACED void countInverse ABSENT_FUNCTION
REPLACED void errlogFunc ABSENT_FUNCTION
REPLACED void groupConcatInverse ABSENT_FUNCTION
REPLACED void groupConcatStep ABSENT_FUNCTION
REPLACED void hexFunc ABSENT_FUNCTION
REPLACED void instrFunc ABSENT_FUNCTION
REPLACED void likeFunc ABSENT_FUNCTION
REPLACED void nullifFunc ABSENT_FUNCTION
REPLACED void printfFunc ABSENT_FUNCTION
REPLACED void quoteFunc ABSENT_FUNCTION
REPLACED void randomBlob ABSENT_FUNCTION
REPLACED void randomFunc ABSENT_FUNCTION
REPLACED void replaceFunc ABSENT_FUNCTION
REPLACED void roundFunc ABSENT_FUNCTION
REPLACED void signFunc ABSENT_FUNCTION
REPLACED void substrFunc ABSENT_FUNCTION
REPLACED void subtypeFunc ABSENT_FUNCTION
REPLACED void sumInverse ABSENT_FUNCTION
REPLACED void trimFunc ABSENT_FUNCTION
REPLACED void typeofFunc ABSENT_FUNCTION
REPLACED void unhexFunc ABSENT_FUNCTION
REPLACED void unicodeFunc ABSENT_FUNCTION
REPLACED void unistrFunc ABSENT_FUNCTION
REPLACED void upperFunc ABSENT_FUNCTION
REPLACED void zeroblobFunc ABSENT_FUNCTION

/*
** Ways to a faster plan that none of the library's statements takes: each says that it found nothing, which leaves the
** plan as it was. What a statement answers is the same.
*/
REPLACED int countOfViewOptimization(Parse *parse, Select *select){ return 0; }
REPLACED void existsToJoin(Parse *parse, Select *select, Expr *where){}
REPLACED int flattenSubquery(Parse *parse, Select *select, int from, int isAggregate){ return 0; }
REPLACED void havingToWhere(Parse *parse, Select *select){}
REPLACED int propagateConstants(Parse *parse, Select *select){ return 0; }
REPLACED int pushDownWhereTerms(Parse *parse, Select *inner, Expr *where, SrcList *tables, int from){ return 0; }
REPLACED void whereCheckIfBloomFilterIsUseful(const WhereInfo *where){}
REPLACED void filterPullDown(Parse *parse, WhereInfo *where, int level, int next, Bitmask notReady){}
REPLACED void sqlite3ConstructBloomFilter(WhereInfo *where, int level, WhereLevel *at, Bitmask notReady){}
REPLACED int whereLoopAddOr(WhereLoopBuilder *builder, Bitmask before, Bitmask unusable){ return SQLITE_OK; }
REPLACED Bitmask whereOmitNoopJoin(WhereInfo *where, Bitmask notReady){ return notReady; }

/* Sorting begins to use files when it is allowed some, and SQLITE_TEMP_STORE allows none. */
REPLACED int vdbeSorterFlushPMA(VdbeSorter *sorter){ return SQLITE_INTERNAL; }
REPLACED int vdbeSorterSetupMerge(VdbeSorter *sorter){ return SQLITE_INTERNAL; }
REPLACED int vdbePmaReaderNext(PmaReader *reader){ return SQLITE_INTERNAL; }
REPLACED int vdbeMergeEngineStep(MergeEngine *merger, int *isEnd){ return SQLITE_INTERNAL; }
