/*
 * A program with an SQLite of its own, another version than the ledger's: linked statically, each
 * has to find its own functions.
 */

#include <stdio.h>
#include <string.h>

#include <refundry.h>
#include <sqlite3.h>

static int failed(const char *what)
{
    fprintf(stderr, "%s\n", what);
    return 1;
}

/* Searches for words, which the ledger's SQLite can't. */
static int use_own_sqlite(sqlite3 *db)
{
    static const char sql[] = "CREATE VIRTUAL TABLE IF NOT EXISTS notes USING fts5(text);"
                              "INSERT INTO notes VALUES ('the customer came back');"
                              "SELECT * FROM notes WHERE notes MATCH 'customer';";

    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static int use_ledger(refundry_ledger *ledger, refundry_book *book, const char *key)
{
    refundry_new_charge sale;
    const refundry_charge *charge;
    const refundry_verify_report *report;

    memset(&sale, 0, sizeof sale);
    sale.struct_size = sizeof sale;
    sale.status = REFUNDRY_CHARGE_SUCCEEDED;
    sale.amount = 22604;
    sale.amount_captured = 22604;
    sale.currency = "EGP";
    if (refundry_charge_create(book, &sale, key, &charge) != REFUNDRY_OK ||
        refundry_verify(ledger, NULL, 0, NULL, NULL, &report) != REFUNDRY_OK)
        return 0;
    refundry_free(charge);
    refundry_free(report);
    return 1;
}

int main(void)
{
    refundry_ledger *ledger;
    refundry_book *book;
    refundry_new_merchant shop;
    const refundry_merchant *merchant;
    sqlite3 *db;

    if (strcmp(sqlite3_libversion(), SQLITE_VERSION) != 0)
        return failed("the program calls the ledger's SQLite");
    memset(&shop, 0, sizeof shop);
    shop.struct_size = sizeof shop;
    shop.name = "A shop";
    if (sqlite3_open(":memory:", &db) != SQLITE_OK || !use_own_sqlite(db))
        return failed(sqlite3_errmsg(db));
    if (refundry_open_in_memory(REFUNDRY_ABI, NULL, &ledger) != REFUNDRY_OK ||
        refundry_merchant_create(ledger, &shop, &merchant) != REFUNDRY_OK ||
        refundry_book_open(ledger, merchant->id, &book) != REFUNDRY_OK ||
        !use_ledger(ledger, book, "sale-1"))
        return failed(refundry_errmsg(ledger));
    if (!use_own_sqlite(db))
        return failed(sqlite3_errmsg(db));
    if (!use_ledger(ledger, book, "sale-2"))
        return failed(refundry_errmsg(ledger));
    refundry_free(merchant);
    refundry_book_close(book);
    refundry_close(ledger);
    sqlite3_close(db);
    printf("SQLite %s beside the ledger's\n", sqlite3_libversion());
    return 0;
}
