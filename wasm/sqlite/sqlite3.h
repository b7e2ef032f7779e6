#include "../sqlite3/sqlite3.h"
