//! What is seen only where it reaches the system. SQLite's syncs and the library's own end in the
//! same two functions of the C library, and a program's own take the place of the C library's.
//! Reads and writes that do a part of what they should are made where SQLite calls the system.

use std::{
    ffi::{CStr, c_int, c_long, c_void},
    fs, mem,
    path::PathBuf,
    sync::OnceLock,
};

use rusqlite::ffi;

use super::{
    disk_at, disk_of,
    fault::{self, Call},
};

/// Syncs a file or folder; see `man 2 fsync`.
// SAFETY: it has the type of the function that it replaces, and does what that does.
#[unsafe(no_mangle)]
pub(super) extern "C" fn fsync(descriptor: c_int) -> c_int {
    sync(descriptor, libc::SYS_fsync)
}

/// Syncs a file's content; see `man 2 fdatasync`.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub(super) extern "C" fn fdatasync(descriptor: c_int) -> c_int {
    sync(descriptor, libc::SYS_fdatasync)
}

fn sync(descriptor: c_int, call: c_long) -> c_int {
    if fault::strikes(Call::Sync).is_some() {
        // SAFETY: the C library gives each thread its own valid place for it.
        unsafe { *libc::__errno_location() = libc::EIO };
        return -1;
    }
    match recorded(descriptor) {
        // What is recorded need not be on any real disk.
        Some(()) => 0,
        // SAFETY: the call takes one descriptor, whatever it is.
        None => c_int::from(unsafe { libc::syscall(call, descriptor) } != 0).wrapping_neg(),
    }
}

/// Notes the sync, if the descriptor is of a recorded folder or of a file in one.
fn recorded(descriptor: c_int) -> Option<()> {
    let path: PathBuf = fs::read_link(format!("/proc/self/fd/{descriptor}")).ok()?;
    if let Some(disk) = disk_at(&path) {
        disk.log().sync_folder(&disk.folder, disk.setting);
        return Some(());
    }
    let disk = disk_of(&path)?;
    disk.log().sync(&disk.folder, &path);
    Some(())
}

type Read = unsafe extern "C" fn(c_int, *mut c_void, usize) -> isize;
type Write = unsafe extern "C" fn(c_int, *const c_void, usize) -> isize;

static READ: OnceLock<Read> = OnceLock::new();
static WRITE: OnceLock<Write> = OnceLock::new();

/// Lets SQLite's layer for Unix read and write by the functions below.
///
/// # Safety
/// It must be that layer.
pub(super) unsafe fn install(unix: *mut ffi::sqlite3_vfs) {
    // SAFETY: the layer has these two functions under these names, with these types.
    unsafe {
        let (get, set) = ((*unix).xGetSystemCall, (*unix).xSetSystemCall);
        let (get, set) = (get.expect("it lends them"), set.expect("it takes others"));
        let ordinary = |name: &CStr| get(unix, name.as_ptr()).expect("there is one");
        let replace = |name: &CStr, ours| {
            assert_eq!(set(unix, name.as_ptr(), Some(ours)), ffi::SQLITE_OK);
        };
        let _ = READ.set(mem::transmute::<unsafe extern "C" fn(), Read>(ordinary(c"read")));
        let _ = WRITE.set(mem::transmute::<unsafe extern "C" fn(), Write>(ordinary(c"write")));
        replace(c"read", mem::transmute::<Read, unsafe extern "C" fn()>(read));
        replace(c"write", mem::transmute::<Write, unsafe extern "C" fn()>(write));
    }
}

/// How much of it is done, if not all.
fn part(call: Call, size: usize) -> usize {
    if fault::strikes(call).is_some() { size.div_ceil(2) } else { size }
}

unsafe extern "C" fn read(descriptor: c_int, to: *mut c_void, size: usize) -> isize {
    let read = READ.get().expect("installed");
    // SAFETY: all is passed on as it came, or less of it.
    unsafe { read(descriptor, to, part(Call::SystemRead, size)) }
}

unsafe extern "C" fn write(descriptor: c_int, from: *const c_void, size: usize) -> isize {
    let write = WRITE.get().expect("installed");
    // SAFETY: all is passed on as it came, or less of it.
    unsafe { write(descriptor, from, part(Call::SystemWrite, size)) }
}
