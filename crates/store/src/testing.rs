//! A throw-away PostgreSQL for tests, started from the system's binaries and gone when it is dropped.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use sea_orm::{ConnectionTrait as _, Database};

/// A running server that listens on a socket in its own folder only.
#[derive(Debug)]
pub struct Postgres {
    binaries: PathBuf,
    folder: tempfile::TempDir,
    /// PostgreSQL refuses to run as root; then it runs as this user and group.
    run_as: Option<(u32, u32)>,
    server: Option<Child>,
}

impl Postgres {
    /// Starts a server, or says loudly why not and gives nothing.
    ///
    /// # Panics
    ///
    /// When there are binaries but they do not work: that is a broken machine, not a missing one.
    #[must_use]
    #[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
    pub fn start() -> Option<Self> {
        let Some(binaries) = binaries() else {
            eprintln!("SKIP: PostgreSQL is not installed (no `initdb` in /usr/lib/postgresql/*/bin or PATH)");
            return None;
        };
        match Self::prepare(binaries) {
            Ok(server) => Some(server),
            Err(error) => {
                eprintln!("PostgreSQL is installed but does not start: {error}");
                std::process::abort();
            }
        }
    }

    fn prepare(binaries: PathBuf) -> std::io::Result<Self> {
        // Not in TMPDIR: the server's user must be able to enter, and a socket's path is at most 107 bytes long.
        let folder = tempfile::Builder::new().prefix("sz-pg-").tempdir_in("/tmp")?;
        let run_as = if std::fs::metadata("/proc/self")?.uid() == 0 { Some(unprivileged_user()?) } else { None };
        if let Some((user, group)) = run_as {
            std::os::unix::fs::chown(folder.path(), Some(user), Some(group))?;
        }
        let mut postgres = Self { binaries, folder, run_as, server: None };
        let made = postgres
            .command("initdb")
            .args(["--username=shuzheng", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(postgres.rows())
            .output()?;
        if !made.status.success() {
            return Err(std::io::Error::other(String::from_utf8_lossy(&made.stderr).into_owned()));
        }
        postgres.go_on()?;
        Ok(postgres)
    }

    /// Starts the server again after [`Postgres::stop`].
    pub fn go_on(&mut self) -> std::io::Result<()> {
        let mut server = self
            .command("postgres")
            .arg("-D")
            .arg(self.rows())
            .arg("-k")
            .arg(self.folder.path())
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "lc_messages=C"])
            .args(["-c", "max_connections=100", "-c", "logging_collector=off", "-c", "log_destination=stderr"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let Some(log) = server.stderr.take() else { return Err(std::io::Error::other("no log")) };
        self.server = Some(server);
        let mut log = BufReader::new(log);
        let mut said = String::new();
        while !said.contains("ready to accept connections") {
            if log.read_line(&mut said)? == 0 {
                return Err(std::io::Error::other(said));
            }
        }
        // The log must be read on, or the server waits for somebody to do it.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Ok(())
    }

    /// Stops the server at once, as a power cut would. Its rows stay until it is dropped.
    pub fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let asked = self.command("pg_ctl").args(["stop", "-m", "immediate", "-D"]).arg(self.rows()).output();
            if !asked.is_ok_and(|asked| asked.status.success()) {
                let _ = server.kill();
            }
            let _ = server.wait();
        }
    }

    /// Makes an empty database and gives its address.
    pub async fn database(&self, name: &str) -> crate::Result<String> {
        let server = Database::connect(self.url("postgres")).await?;
        server.execute_unprepared(&format!("CREATE DATABASE \"{name}\"")).await?;
        server.close().await?;
        Ok(self.url(name))
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://shuzheng@localhost/{database}?host={}", self.folder.path().display())
    }

    fn rows(&self) -> PathBuf {
        self.folder.path().join("rows")
    }

    #[expect(clippy::disallowed_methods, reason = "tests start the system's PostgreSQL")]
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.binaries.join(program));
        command.current_dir(self.folder.path()).env("LC_ALL", "C");
        if let Some((user, group)) = self.run_as {
            command.uid(user).gid(group);
        }
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The folder of the newest `initdb`.
fn binaries() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    folders.sort();
    let in_path = ["/usr/local/bin", "/usr/bin", "/usr/pgsql/bin"].map(PathBuf::from);
    let whole = |folder: &Path| ["initdb", "postgres", "pg_ctl"].iter().all(|name| folder.join(name).exists());
    folders.into_iter().rev().map(|(_, folder)| folder).chain(in_path).find(|folder| whole(folder))
}

/// The user `postgres`, or else `nobody`.
fn unprivileged_user() -> std::io::Result<(u32, u32)> {
    let users = std::fs::read_to_string("/etc/passwd")?;
    let of = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    of("postgres").or_else(|| of("nobody")).ok_or_else(|| std::io::Error::other("no user `postgres` or `nobody`"))
}
