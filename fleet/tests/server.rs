//! A PostgreSQL of the tests' own: as another user, in a folder that goes away with it.

use std::{
    env, fs,
    net::TcpListener,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use refundry_fleet::{Postgres, PostgresOptions};
use rustix::process::{Pid, Signal, geteuid, kill_process};
use tempfile::TempDir;
use tokio_postgres::{NoTls, SimpleQueryMessage};

/// Whom the server runs as, because it refuses root.
pub(crate) const NOBODY: u32 = 65_534;

/// How long a server may take to begin or to end.
const LONGEST: Duration = Duration::from_secs(60);

pub(crate) struct Server {
    folder: TempDir,
    pub(crate) port: u16,
    process: Mutex<Option<Child>>,
    databases: AtomicU32,
}

/// Names the folder of another PostgreSQL's programs.
const PROGRAMS: &str = "REFUNDRY_POSTGRES";

/// In the folder that was named, or where Debian keeps the programs, or else in the path.
pub(crate) fn program(name: &str) -> PathBuf {
    if let Some(folder) = env::var_os(PROGRAMS) {
        let folder = PathBuf::from(folder);
        // Else another version would be tried in its place.
        assert!(folder.join("initdb").exists(), "there is no initdb in {}", folder.display());
        return Some(folder.join(name)).filter(|path| path.exists()).unwrap_or(name.into());
    }
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let found = versions.map(|version| version.path().join("bin").join(name));
    found.filter(|path| path.exists()).max().unwrap_or_else(|| name.into())
}

pub(crate) fn as_nobody(name: &str) -> Command {
    let mut command = Command::new(program(name));
    if geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command.env("LC_ALL", "C").stdin(Stdio::null()).current_dir("/");
    command
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Server {
    /// A server that tests share which run at the same time.
    pub(crate) fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap();
        shared.upgrade().unwrap_or_else(|| {
            let server = Arc::new(Self::start());
            *shared = Arc::downgrade(&server);
            server
        })
    }

    /// One that another process has started, and ends.
    #[allow(dead_code, reason = "the HTTP server's tests ask for it")]
    pub(crate) fn at(port: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder, port, process: Mutex::new(None), databases: AtomicU32::new(0) }
    }

    /// A server of its own, for a test that ends it.
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        if geteuid().is_root() {
            chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let data = folder.path().join("data");
        let made = as_nobody("initdb")
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale"])
            .args(["--no-sync", "--pgdata"])
            .arg(&data)
            .output()
            .expect("initdb of PostgreSQL is not there: install the package postgresql");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let server = Self {
            folder,
            port: free_port(),
            process: Mutex::new(None),
            databases: AtomicU32::new(0),
        };
        server.begin();
        server
    }

    /// Begins, also again after it was ended.
    pub(crate) fn begin(&self) {
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("log"))
            .unwrap();
        let begun = Instant::now();
        loop {
            let child = as_nobody("postgres")
                .arg("-D")
                .arg(self.folder.path().join("data"))
                .args(["-p", &self.port.to_string(), "-c", "listen_addresses=127.0.0.1"])
                .args(["-c", "unix_socket_directories=", "-c", "shared_buffers=64MB"])
                .args(["-c", "max_connections=200"])
                .stdout(Stdio::null())
                .stderr(log.try_clone().unwrap())
                .spawn()
                .unwrap();
            *self.process.lock().unwrap() = Some(child);
            while begun.elapsed() < LONGEST {
                if try_sql(&self.url("postgres", "postgres"), "SELECT 1").is_ok() {
                    return;
                }
                let mut process = self.process.lock().unwrap();
                if process.as_mut().unwrap().try_wait().unwrap().is_some() {
                    break;
                }
                drop(process);
                thread::sleep(Duration::from_millis(50));
            }
            assert!(begun.elapsed() < LONGEST, "{}", self.log());
            thread::sleep(Duration::from_millis(200));
        }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The id of its first process.
    #[allow(dead_code, reason = "the comparison asks for it")]
    pub(crate) fn id(&self) -> u32 {
        self.process.lock().unwrap().as_ref().map_or(0, Child::id)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Ends it at once, as a crash does: nothing is written any more.
    pub(crate) fn crash(&self) {
        let Some(mut child) = self.process.lock().unwrap().take() else { return };
        let id = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
        let _ = kill_process(id, Signal::QUIT);
        let _ = child.wait();
    }

    pub(crate) fn url(&self, user: &str, database: &str) -> String {
        format!("postgres://{user}@127.0.0.1:{}/{database}", self.port)
    }

    /// A new fleet in a database of its own.
    pub(crate) fn fleet(self: &Arc<Self>) -> Fleet {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let database = format!("fleet_{number}");
        let all = self.url("postgres", "postgres");
        if number == 0 {
            sql(&all, "CREATE ROLE app LOGIN; CREATE ROLE owner LOGIN;");
        }
        // Two databases can't be made from the same template at once.
        let begun = Instant::now();
        while let Err(error) = try_sql(&all, &format!("CREATE DATABASE {database} OWNER owner")) {
            assert!(begun.elapsed() < LONGEST, "{error}");
            thread::sleep(Duration::from_millis(100));
        }
        let fleet = Fleet { server: Arc::clone(self), database };
        Postgres::set_up(&PostgresOptions::at(fleet.url("owner")), "app").unwrap();
        fleet
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.crash();
    }
}

/// A database with a fleet's tables.
pub(crate) struct Fleet {
    pub(crate) server: Arc<Server>,
    database: String,
}

impl Fleet {
    pub(crate) fn url(&self, user: &str) -> String {
        self.server.url(user, &self.database)
    }

    /// The address of the application's role, through another port.
    pub(crate) fn url_through(&self, port: u16) -> String {
        format!("postgres://app@127.0.0.1:{port}/{}", self.database)
    }

    /// Asks as a superuser.
    pub(crate) fn sql(&self, text: &str) -> Vec<Vec<String>> {
        sql(&self.url("postgres"), text)
    }
}

/// The rows that some statements give, as texts; null is an empty one.
pub(crate) fn sql(url: &str, text: &str) -> Vec<Vec<String>> {
    try_sql(url, text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

pub(crate) fn try_sql(url: &str, text: &str) -> Result<Vec<Vec<String>>, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let told = |error: tokio_postgres::Error| {
        error.as_db_error().map_or_else(|| error.to_string(), |said| said.message().to_owned())
    };
    let asked = async {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.map_err(told)?;
        let driver = tokio::spawn(connection);
        let mut rows = Vec::new();
        for message in client.simple_query(text).await.map_err(told)? {
            if let SimpleQueryMessage::Row(row) = message {
                let column = |place| row.get(place).unwrap_or_default().to_owned();
                rows.push((0..row.len()).map(column).collect());
            }
        }
        drop(client);
        let _ = driver.await;
        Ok(rows)
    };
    // One that is frozen takes a connection, and says nothing.
    runtime
        .block_on(async { tokio::time::timeout(LONGEST, asked).await })
        .unwrap_or_else(|_| Err("it does not answer".into()))
}

/// Copies the files of a folder.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
