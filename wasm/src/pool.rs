//! Files that a browser keeps: a folder of its origin-private file system, locked by one worker.

use js_sys::{Promise, futures::future_to_promise};
use sqlite_wasm_rs::WasmOsCallback;
use sqlite_wasm_vfs::sahpool::{OpfsSAHError, OpfsSAHPoolCfgBuilder, OpfsSAHPoolUtil, install};
use wasm_bindgen::prelude::*;

/// A folder that this worker holds.
#[wasm_bindgen]
pub struct RawPool(OpfsSAHPoolUtil);

#[wasm_bindgen]
impl RawPool {
    /// Takes hold of a folder; ledgers that are opened next are files in it.
    ///
    /// Fails with the browser's own exception, if there was one: another tab holds the folder, or there is
    /// no such file system here.
    #[wasm_bindgen(unchecked_return_type = "Promise<RawPool>")]
    pub fn take(folder: String) -> Promise {
        // The ledger, its journal, and two to spare.
        let config = OpfsSAHPoolCfgBuilder::new()
            .vfs_name(&folder)
            .directory(&folder)
            .initial_capacity(4)
            .build();
        future_to_promise(async move {
            let pool = install::<WasmOsCallback>(&config, true).await.map_err(thrown)?;
            pool.resume().await.map_err(thrown)?;
            Ok(Self(pool).into())
        })
    }

    /// Lets the folder go.
    ///
    /// # Errors
    /// If one of its files is open.
    pub fn release(&self) -> Result<(), JsValue> {
        self.0.pause().map_err(thrown)
    }
}

fn thrown(error: OpfsSAHError) -> JsValue {
    match error {
        OpfsSAHError::Opfs { value, .. } => value,
        other => js_sys::Error::new(&other.to_string()).into(),
    }
}
