//! The storage layer: SQLite's own for Unix, with some of its functions replaced.

use std::{
    ffi::{CStr, OsStr, c_char, c_int},
    mem,
    os::unix::ffi::OsStrExt,
    path::Path,
    ptr,
    sync::{Once, OnceLock},
};

use rusqlite::ffi;

use super::{
    disk_of,
    fault::{self, Call},
    file, memory, system,
};

/// What the replaced functions call in the end.
struct Unix {
    open: unsafe extern "C" fn(
        *mut ffi::sqlite3_vfs,
        *const c_char,
        *mut ffi::sqlite3_file,
        c_int,
        *mut c_int,
    ) -> c_int,
    delete: unsafe extern "C" fn(*mut ffi::sqlite3_vfs, *const c_char, c_int) -> c_int,
    access: unsafe extern "C" fn(*mut ffi::sqlite3_vfs, *const c_char, c_int, *mut c_int) -> c_int,
    sleep: unsafe extern "C" fn(*mut ffi::sqlite3_vfs, c_int) -> c_int,
    file_size: usize,
}

static UNIX: OnceLock<Unix> = OnceLock::new();

fn unix() -> &'static Unix {
    UNIX.get().expect("only installed layers are called")
}

/// Puts the trial's storage layer and allocator in place, for all of this process. To be called
/// before anything else uses SQLite.
///
/// # Panics
/// If SQLite was in use already.
pub fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        memory::install();
        // SAFETY: the layer for Unix is there on every Unix, with all its functions. Ours is never
        // freed, and each of its functions is of the type it is declared with.
        unsafe {
            assert_eq!(ffi::sqlite3_initialize(), ffi::SQLITE_OK);
            let layer = ffi::sqlite3_vfs_find(c"unix".as_ptr());
            system::install(layer);
            let ordinary = *layer;
            let file_size = usize::try_from(ordinary.szOsFile).unwrap_or(0).next_multiple_of(16);
            let found = Unix {
                open: ordinary.xOpen.expect("it opens files"),
                delete: ordinary.xDelete.expect("it removes files"),
                access: ordinary.xAccess.expect("it looks for files"),
                sleep: ordinary.xSleep.expect("it sleeps"),
                file_size,
            };
            assert!(UNIX.set(found).is_ok());
            let ours = Box::leak(Box::new(ffi::sqlite3_vfs {
                szOsFile: c_int::try_from(file_size + size_of::<file::Tail>()).unwrap_or(0),
                pNext: ptr::null_mut(),
                zName: c"trial".as_ptr(),
                xOpen: Some(open),
                xDelete: Some(delete),
                xAccess: Some(access),
                xSleep: Some(sleep),
                ..ordinary
            }));
            assert_eq!(ffi::sqlite3_vfs_register(ours, 1), ffi::SQLITE_OK);
            assert_eq!(ffi::sqlite3_auto_extension(Some(opened)), ffi::SQLITE_OK);
        }
    });
}

/// Where the trial keeps what it knows of an open file: after what the Unix layer keeps of it.
///
/// # Safety
/// The file must have been allocated for this layer.
pub(super) unsafe fn tail(file: *mut ffi::sqlite3_file) -> *mut file::Tail {
    // SAFETY: this much and the tail's size were asked of SQLite for each file.
    unsafe { file.byte_add(unix().file_size).cast() }
}

/// The path that a C string holds; `None` if it is null.
///
/// # Safety
/// It must be null or a C string that lives for `'a`.
unsafe fn path<'a>(name: *const c_char) -> Option<&'a Path> {
    // SAFETY: as the caller promises.
    let name = unsafe { name.as_ref().map(|_| CStr::from_ptr(name)) };
    name.map(|name| Path::new(OsStr::from_bytes(name.to_bytes())))
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives room for a file and its tail, and a name that is null or lives as long
    // as the file.
    unsafe {
        (*file).pMethods = ptr::null();
        if let Some(fault) = fault::strikes(Call::Open) {
            return fault.code();
        }
        let done = (unix().open)(vfs, name, file, flags, flags_out);
        if done == ffi::SQLITE_OK {
            let recorded = path(name).and_then(|path| {
                let disk = disk_of(path)?;
                let number = disk.log().file(&disk.folder, path)?;
                Some((disk, number))
            });
            file::adopt(file, recorded);
        }
        done
    }
}

unsafe extern "C" fn delete(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    sync_folder: c_int,
) -> c_int {
    if let Some(fault) = fault::strikes(Call::Delete) {
        return fault.code();
    }
    // SAFETY: all is passed on as it came; SQLite names a file.
    unsafe {
        let done = (unix().delete)(vfs, name, sync_folder);
        if let Some(disk) = path(name).and_then(disk_of) {
            disk.log().observe(&disk.folder);
        }
        done
    }
}

unsafe extern "C" fn access(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    match fault::strikes(Call::Access) {
        Some(fault) => fault.code(),
        // SAFETY: all is passed on as it came.
        None => unsafe { (unix().access)(vfs, name, flags, out) },
    }
}

/// Under a plan nothing is waited for: what fails from then on would be waited for in vain.
unsafe extern "C" fn sleep(vfs: *mut ffi::sqlite3_vfs, microseconds: c_int) -> c_int {
    if fault::is_planned() {
        return microseconds;
    }
    // SAFETY: all is passed on as it came.
    unsafe { (unix().sleep)(vfs, microseconds) }
}

/// Weakens a connection that has just been opened on a recorded disk, if a control wants it.
unsafe extern "C" fn opened(
    db: *mut ffi::sqlite3,
    _message: *mut *mut c_char,
    _api: *const ffi::sqlite3_api_routines,
) -> c_int {
    // SAFETY: SQLite gives a connection that is open, and its file's name lives as long.
    unsafe {
        let name = ffi::sqlite3_db_filename(db, c"main".as_ptr());
        let setting = path(name).and_then(disk_of).and_then(|disk| disk.setting.at_opening());
        match setting {
            Some(sql) => {
                ffi::sqlite3_exec(db, sql.as_ptr(), None, ptr::null_mut(), ptr::null_mut())
            }
            None => ffi::SQLITE_OK,
        }
    }
}

const _: () = assert!(mem::align_of::<file::Tail>() <= 16);
