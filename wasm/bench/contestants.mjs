// Who takes part: each opens the same bytes in memory, and refunds a charge.

import { Ledger } from "../pkg/node.js";
import { refundsByHand } from "./by_hand.mjs";

export const contestants = {
  async Refundry(bytes) {
    const book = (await Ledger.fromBytes(bytes)).book("acct_bench");
    return (chargeId, amount, key) => book.createRefund({ chargeId, amount }, key);
  },

  /** Native SQLite in Node. */
  async "better-sqlite3"(bytes) {
    const { default: Database } = await import("better-sqlite3");
    const db = new Database(Buffer.from(bytes));
    db.pragma("foreign_keys = ON");
    return refundsByHand((sql) => {
      const statement = db.prepare(sql);
      return statement.reader ? statement.raw() : statement;
    });
  },

  async "@sqlite.org/sqlite-wasm, C API"(bytes) {
    const { db, sqlite3 } = await openSqliteWasm(bytes);
    const { capi } = sqlite3;
    return refundsByHand((sql) => {
      const statement = db.prepare(sql);
      const { pointer } = statement;
      const step = (values) => {
        values.forEach((value, place) => bind(sqlite3, pointer, place + 1, value));
        return capi.sqlite3_step(pointer);
      };
      const columns = capi.sqlite3_column_count(pointer);
      return {
        get(...values) {
          const found = step(values) === capi.SQLITE_ROW;
          const row = found ? Array.from({ length: columns }, (_, at) => read(capi, pointer, at)) : undefined;
          capi.sqlite3_reset(pointer);
          return row;
        },
        run(...values) {
          const code = step(values);
          if (code !== capi.SQLITE_DONE) throw new Error(capi.sqlite3_errmsg(db.pointer));
          capi.sqlite3_reset(pointer);
        },
      };
    });
  },

  async "@sqlite.org/sqlite-wasm, objects"(bytes) {
    const { db } = await openSqliteWasm(bytes);
    return refundsByHand((sql) => {
      const statement = db.prepare(sql);
      const start = (values) => (values.length > 0 ? statement.bind(values) : statement);
      return {
        get(...values) {
          const row = start(values).step() ? statement.get([]) : undefined;
          statement.reset();
          return row;
        },
        run(...values) {
          start(values).stepReset();
        },
      };
    });
  },

  async "sql.js"(bytes) {
    const { default: initSqlJs } = await import("sql.js");
    const db = new (await initSqlJs()).Database(bytes);
    db.run("PRAGMA foreign_keys = ON");
    return refundsByHand((sql) => {
      const statement = db.prepare(sql);
      return {
        get(...values) {
          statement.bind(values);
          const row = statement.step() ? statement.get() : undefined;
          statement.reset();
          return row;
        },
        run: (...values) => statement.run(values),
      };
    });
  },
};

async function openSqliteWasm(bytes) {
  const { default: initSqlite } = await import("@sqlite.org/sqlite-wasm");
  const sqlite3 = await initSqlite();
  const { capi, wasm } = sqlite3;
  const db = new sqlite3.oo1.DB(":memory:");
  const flags = capi.SQLITE_DESERIALIZE_FREEONCLOSE | capi.SQLITE_DESERIALIZE_RESIZEABLE;
  const memory = wasm.allocFromTypedArray(bytes);
  db.checkRc(capi.sqlite3_deserialize(db.pointer, "main", memory, bytes.length, bytes.length, flags));
  db.exec("PRAGMA foreign_keys = ON");
  // As the library has it: plans that don't depend on values, and no guards.
  db.checkRc(capi.sqlite3_db_config(db.pointer, capi.SQLITE_DBCONFIG_ENABLE_QPSG, 1, 0));
  db.checkRc(capi.sqlite3_db_config(db.pointer, capi.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, 0));
  return { db, sqlite3 };
}

function bind({ capi, wasm }, statement, place, value) {
  if (typeof value === "string") {
    // This version takes no JavaScript string here.
    const [text, length] = wasm.allocCString(value, true);
    capi.sqlite3_bind_text(statement, place, text, length, capi.SQLITE_WASM_DEALLOC);
  } else if (typeof value === "number") capi.sqlite3_bind_double(statement, place, value);
  else capi.sqlite3_bind_blob(statement, place, value, value.length, capi.SQLITE_TRANSIENT);
}

function read(capi, statement, column) {
  return capi.sqlite3_column_type(statement, column) === capi.SQLITE_INTEGER
    ? capi.sqlite3_column_double(statement, column)
    : null;
}
