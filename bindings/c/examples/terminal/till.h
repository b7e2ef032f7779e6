/* What the parts of the till share. */

#ifndef TILL_H
#define TILL_H

#define _POSIX_C_SOURCE 200809L

#include <stdint.h>

#include <refundry.h>

/* A receipt's number has the till's name before it, because a customer may take it to another till. */
#define NAME_SIZE 24
#define RECEIPT_SIZE (NAME_SIZE + 12)
#define ID_SIZE 80

/* One press of the green key. */
struct press {
    char kind[12]; /* "sale", "refund" or "hand-over"; empty: nothing was pressed yet */
    char receipt[RECEIPT_SIZE];
    char to[NAME_SIZE]; /* the till that a sale is handed over to; else "-" */
    int64_t amount;
    int all; /* a refund of everything that is left of the receipt */
    int64_t moment;
    char key[80];
};

struct till {
    refundry_ledger *ledger;
    refundry_book *book;
    const char *path;
    const char *name;
    const char *currency;
    char merchant[ID_SIZE];
    struct press last;
    int in_doubt; /* nobody knows what became of the press that is noted; the till has to stop */
};

/* screen.c: what is shown and asked. */
int64_t now(void);
const char *date(int64_t moment);
const char *money(const struct till *till, int64_t amount);
int read_money(const struct till *till, const char *text, int64_t *amount);
int ask(const char *question, char *line, int size);
int yes(const char *question);
int is_name(const char *name);
int failed(const struct till *till, refundry_status status);
int ask_receipt(const struct till *till, const char *question, char *receipt);
void print_slip(const struct till *till, const char *what, const char *receipt, int64_t amount,
                const char *id, int64_t moment, int again);

/* files.c: what is kept beside the ledger. */
char *beside(const struct till *till, const char *ending);
int replace_file(const struct till *till, const char *ending, const char *text);
int note(const struct till *till, const struct press *press);
int is_noted(const struct till *till);
int read_note(const struct till *till, struct press *press);
void drop_note(const struct till *till);

/* press.c: the green key. */
void sale(struct till *till);
void refund(struct till *till);
void hand_over(struct till *till);
void perform(struct till *till, const struct press *press);
void recover(struct till *till);

/* customer.c: what a customer brings or takes along. */
void take_over(const struct till *till);
void print_proof(const struct till *till);
void receipts(const struct till *till);

/* day.c: the day's end. */
void days_end(const struct till *till);

/* home.c: headquarters. */
void send_home(const struct till *till);

#endif
