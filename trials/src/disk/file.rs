//! An open file: the Unix layer's, with some of its functions replaced.

use std::{
    ffi::{CStr, c_char, c_int, c_void},
    ptr, slice,
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::ffi;

use super::{
    State,
    fault::{self, Call, Fault},
    vfs::tail,
};

/// A recorded disk gets its log copied into the file after this many pages, so that a short trial
/// sees many of these checkpoints. SQLite's own figure is a thousand.
const CHECKPOINT: c_int = 40;

/// What the trial keeps of an open file.
pub(super) struct Tail {
    /// The recording that the file is in, and its number there.
    recorded: Option<(Arc<State>, usize)>,
    db: *mut *mut ffi::sqlite3,
}

/// Our functions for files, and those of the Unix layer that they call: it has several sets.
#[repr(C)]
struct Methods {
    ours: ffi::sqlite3_io_methods,
    unix: ffi::sqlite3_io_methods,
}

/// Replaces the functions of a file that has just been opened.
///
/// # Safety
/// The file must be open, and allocated for the trial's layer.
pub(super) unsafe fn adopt(file: *mut ffi::sqlite3_file, recorded: Option<(Arc<State>, usize)>) {
    // SAFETY: the tail's place is ours; an open file has functions, which live for ever.
    unsafe {
        tail(file).write(Tail { recorded, db: ptr::null_mut() });
        (*file).pMethods = ptr::from_ref(methods_over((*file).pMethods)).cast();
    }
}

/// The set of ours that calls this set of the Unix layer.
///
/// # Safety
/// It must point to functions for files.
unsafe fn methods_over(unix: *const ffi::sqlite3_io_methods) -> &'static Methods {
    static SETS: Mutex<Vec<(usize, &Methods)>> = Mutex::new(Vec::new());
    let mut sets = SETS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, set)) = sets.iter().find(|(over, _)| *over == unix.addr()) {
        return set;
    }
    // SAFETY: as the caller promises.
    let original = unsafe { *unix };
    let set = Box::leak(Box::new(Methods {
        ours: ffi::sqlite3_io_methods {
            // Without the functions of version 3: all is read and written by calls.
            iVersion: 2,
            xClose: Some(close),
            xRead: Some(read),
            xWrite: Some(write),
            xTruncate: Some(truncate),
            xFileSize: Some(file_size),
            xLock: Some(lock),
            xFileControl: Some(file_control),
            xShmMap: original.xShmMap.map(|_| shm_map as _),
            xShmLock: original.xShmLock.map(|_| shm_lock as _),
            ..original
        },
        unix: original,
    }));
    sets.push((unix.addr(), set));
    set
}

/// The Unix layer's functions for a file.
///
/// # Safety
/// The file must have been adopted.
unsafe fn unix<'a>(file: *mut ffi::sqlite3_file) -> &'a ffi::sqlite3_io_methods {
    // SAFETY: an adopted file's functions are the first part of a set that lives for ever.
    unsafe { &(*(*file).pMethods.cast::<Methods>()).unix }
}

/// Notes something in the recording that a file is in.
///
/// # Safety
/// The file must have been adopted.
unsafe fn note(file: *mut ffi::sqlite3_file, event: impl FnOnce(&State, usize)) {
    // SAFETY: an adopted file has a tail, and SQLite calls from one thread at a time.
    if let Some((disk, number)) = unsafe { &(*tail(file)).recorded } {
        event(disk, *number);
    }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: SQLite closes an adopted file once, and does not touch it afterwards.
    unsafe {
        let close = unix(file).xClose;
        tail(file).drop_in_place();
        close.map_or(ffi::SQLITE_OK, |close| close(file))
    }
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    to: *mut c_void,
    size: c_int,
    offset: i64,
) -> c_int {
    // SAFETY: all is passed on as it came; SQLite gives room for as many bytes as it asks for.
    unsafe {
        let Some(read) = unix(file).xRead else { return ffi::SQLITE_IOERR };
        match fault::strikes(Call::Read) {
            None => read(file, to, size, offset),
            Some(fault) => fault.code(),
        }
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    size: c_int,
    offset: i64,
) -> c_int {
    // SAFETY: all is passed on as it came; SQLite gives as many bytes as it says.
    unsafe {
        let Some(write) = unix(file).xWrite else { return ffi::SQLITE_IOERR };
        match fault::strikes(Call::Write) {
            None => {}
            Some(Fault::LostWrite) => return ffi::SQLITE_OK,
            Some(fault) => {
                // A write that fails may have done a part of its work.
                write(file, from, size / 2, offset);
                return fault.code();
            }
        }
        let length = usize::try_from(size).unwrap_or(0);
        let bytes = slice::from_raw_parts(from.cast::<u8>(), length);
        let place = usize::try_from(offset).unwrap_or(0);
        note(file, |disk, number| disk.log().write(number, place, bytes));
        write(file, from, size, offset)
    }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: i64) -> c_int {
    if let Some(fault) = fault::strikes(Call::Truncate) {
        return fault.code();
    }
    let length = usize::try_from(size).unwrap_or(0);
    // SAFETY: all is passed on as it came.
    unsafe {
        note(file, |disk, number| disk.log().resize(number, length));
        unix(file).xTruncate.map_or(ffi::SQLITE_IOERR, |truncate| truncate(file, size))
    }
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, size: *mut i64) -> c_int {
    match fault::strikes(Call::Size) {
        Some(fault) => fault.code(),
        // SAFETY: all is passed on as it came.
        None => unsafe { unix(file).xFileSize.map_or(ffi::SQLITE_IOERR, |call| call(file, size)) },
    }
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    match fault::strikes(Call::Lock) {
        Some(fault) => fault.code(),
        // SAFETY: all is passed on as it came.
        None => unsafe { unix(file).xLock.map_or(ffi::SQLITE_IOERR, |lock| lock(file, level)) },
    }
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    region: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: all is passed on as it came; on failure SQLite expects a null pointer.
    unsafe {
        if let Some(fault) = fault::strikes(Call::Map) {
            *out = ptr::null_mut();
            return fault.code();
        }
        let map = unix(file).xShmMap;
        map.map_or(ffi::SQLITE_IOERR, |map| map(file, region, size, extend, out))
    }
}

unsafe extern "C" fn shm_lock(
    file: *mut ffi::sqlite3_file,
    offset: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    // Giving a lock back never fails.
    if flags & ffi::SQLITE_SHM_LOCK != 0
        && let Some(fault) = fault::strikes(Call::Lock)
    {
        return fault.code();
    }
    // SAFETY: all is passed on as it came.
    unsafe {
        unix(file).xShmLock.map_or(ffi::SQLITE_IOERR, |lock| lock(file, offset, count, flags))
    }
}

unsafe extern "C" fn file_control(
    file: *mut ffi::sqlite3_file,
    what: c_int,
    argument: *mut c_void,
) -> c_int {
    // SAFETY: all is passed on as it came.
    unsafe {
        if what == ffi::SQLITE_FCNTL_PDB {
            (*tail(file)).db = argument.cast();
        }
        if what == ffi::SQLITE_FCNTL_PRAGMA && pragma(file, argument.cast()) {
            return ffi::SQLITE_OK;
        }
        unix(file).xFileControl.map_or(ffi::SQLITE_NOTFOUND, |call| call(file, what, argument))
    }
}

/// Looks at a pragma. True if it was answered instead of being obeyed.
///
/// # Safety
/// The texts must be what SQLite gives: room for an answer, the pragma's name, and its value or
/// null.
unsafe fn pragma(file: *mut ffi::sqlite3_file, texts: *mut *mut c_char) -> bool {
    // SAFETY: as the caller promises. SQLite frees the answer, which therefore comes from its own
    // allocator. The connection lives as long as its file.
    unsafe {
        let Some((disk, _)) = &(*tail(file)).recorded else { return false };
        let text = |place: usize| {
            let text = *texts.add(place);
            (!text.is_null()).then(|| CStr::from_ptr(text).to_str().unwrap_or_default())
        };
        let name = text(1).unwrap_or_default();
        if name == "synchronous"
            && let Some(db) = (*tail(file)).db.as_ref()
        {
            ffi::sqlite3_wal_autocheckpoint(*db, CHECKPOINT);
        }
        match disk.setting.lie(name, text(2)) {
            Some(answer) => {
                *texts = ffi::sqlite3_mprintf(c"%s".as_ptr(), answer.as_ptr());
                true
            }
            None => false,
        }
    }
}
