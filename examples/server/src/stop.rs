//! The signals that ask the server to stop, and the one that must not.

use std::io;
#[cfg(unix)]
use std::sync::atomic::AtomicBool;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// A file that grows over the size that the process is allowed is an error of its writer from now
/// on, as a full disk is. The signal that comes with it would end the process.
pub(crate) fn outlive_file_limits() {
    #[cfg(unix)]
    {
        static REACHED: AtomicBool = AtomicBool::new(false);
        // Where it can't be caught, the limit ends the process, as it does without this.
        let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, &REACHED);
    }
}

/// Waits for SIGTERM or SIGINT; where there is no SIGTERM, for Ctrl-C.
pub(crate) struct Stop {
    #[cfg(unix)]
    terminate: Signal,
    #[cfg(unix)]
    interrupt: Signal,
}

#[cfg(unix)]
impl Stop {
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    pub(crate) async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
impl Stop {
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    pub(crate) async fn asked(&mut self) {
        // If the signal can't be waited for, the process can only be ended from outside.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
