/* Calls every function of the interface and sees every status that it can return.
 * Usage: interface FOLDER, where FOLDER is empty and can be written in. */

#include "check.h"

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    set_folder(argv[1]);
    test_versions();
    test_arguments();
    test_structs();
    test_merchants();
    test_charges();
    test_refunds();
    test_refusals();
    test_transfers();
    test_disputes();
    test_handovers();
    test_words();
    test_amounts();
    test_number_names();
    test_heads();
    test_free();
    test_lists();
    test_journal();
    test_keys();
    test_import();
    test_verify();
    test_callbacks();
    test_batches();
    test_open();
    test_files();
    test_backup();
    test_feeds();
    test_receipts();
#ifndef REFUNDRY_WITHOUT_EXPORTS
    test_exports();
#endif
    all_statuses_were_seen();
    puts("every function and status is as it should be");
    return 0;
}
