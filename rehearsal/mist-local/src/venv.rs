//! Virtual environments of Python, one for each set of pinned packages.

use std::fs::{self, File, TryLockError};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::{Context, Error, Python};
use crate::files;
use crate::progress::Progress;
use crate::python;

/// The number of packages between two lines of progress.
const PACKAGES: usize = 10;

/// The file that is written last, so that an aborted installation is repeated.
const MARKER: &str = "complete";

/// A virtual environment to install.
#[derive(Debug, Clone)]
pub struct Venv {
    /// The name of the packages for people, such as "the AWS emulator".
    pub name: &'static str,
    /// All packages, pinned, in the format of pip.
    pub requirements: &'static str,
    /// The folder of the virtual environment `venv-<hash>`; it is created if it does not exist.
    pub folder: PathBuf,
    /// The interpreter; `None` uses the variable `MIST_PYTHON`, or searches for one.
    pub python: Option<PathBuf>,
}

impl Venv {
    /// The Python of the virtual environment, which is installed first unless it exists. The installation blocks for
    /// about 20 s.
    ///
    /// The commands of the packages are in the same folder. Several processes can call it at the same time: one
    /// installs, and the others wait.
    pub fn ensure(&self, progress: &Progress) -> Result<PathBuf, Error> {
        let venv =
            self.folder.join(format!("venv-{}", files::short_hash(self.requirements.as_bytes())));
        let program = venv.join("bin").join("python");
        if is_complete(&venv, &program) {
            return Ok(program);
        }
        fs::create_dir_all(&self.folder).context(|| format!("make `{}`", self.folder.display()))?;
        let _lock = self.lock(progress)?;
        if is_complete(&venv, &program) {
            return Ok(program);
        }
        self.install(&venv, &program, progress)?;
        Ok(program)
    }

    fn install(&self, venv: &Path, program: &Path, progress: &Progress) -> Result<(), Error> {
        if venv.exists() {
            fs::remove_dir_all(venv)
                .context(|| format!("remove the incomplete `{}`", venv.display()))?;
        }
        let python = python::find(self.python.clone())?;
        progress.say(&format!("creating a virtual environment with Python {}", python.version));
        let mut make = Command::new(&python.path);
        make.args(["-m", "venv"]).arg(venv);
        run("python -m venv", &mut make, |_| {})?;
        let wanted = self.requirements.lines().filter(|line| line.contains("==")).count();
        progress.say(&format!(
            "installing {} from PyPI: {wanted} packages (once, about 100 MB)",
            self.name
        ));
        let requirements = venv.join("requirements.txt");
        fs::write(&requirements, self.requirements)
            .context(|| format!("write `{}`", requirements.display()))?;
        let mut fill = Command::new(program);
        // Without dependencies: the list is complete, so every installed package is pinned.
        fill.args([
            "-m",
            "pip",
            "install",
            "--no-deps",
            "--no-input",
            "--disable-pip-version-check",
        ])
        .args(["--progress-bar", "off", "--requirement"])
        .arg(&requirements);
        run("pip install", &mut fill, |collected| {
            if collected.is_multiple_of(PACKAGES) {
                progress.say(&format!("{collected} of {wanted} packages found"));
            }
        })?;
        let marker = venv.join(MARKER);
        fs::write(&marker, &python.version).context(|| format!("write `{}`", marker.display()))
    }

    fn lock(&self, progress: &Progress) -> Result<File, Error> {
        let path = self.folder.join("venv.lock");
        let file = files::open_lock(&path)?;
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => {
                progress.say(&format!("waiting for another process to install {}", self.name));
            }
            Err(TryLockError::Error(source)) => {
                return Err(Error::Io { what: format!("lock `{}`", path.display()), source });
            }
        }
        file.lock().context(|| format!("lock `{}`", path.display()))?;
        Ok(file)
    }
}

fn is_complete(venv: &Path, program: &Path) -> bool {
    // The program is a link to the interpreter, which may have been removed.
    venv.join(MARKER).is_file() && program.exists()
}

/// Runs `command` to its end, and passes the number of packages that pip has collected each time it increases. The
/// error has the last lines of output.
fn run(
    step: &'static str,
    command: &mut Command,
    mut collected: impl FnMut(usize),
) -> Result<(), Error> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context(|| format!("run {step}"))?;
    // A second thread reads the errors, since a full pipe blocks the child.
    let errors = child.stderr.take().map(|pipe| {
        std::thread::spawn(move || {
            BufReader::new(pipe).lines().map_while(Result::ok).collect::<Vec<_>>()
        })
    });
    let mut lines = Vec::new();
    let mut packages = 0;
    if let Some(pipe) = child.stdout.take() {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if line.starts_with("Collecting ") {
                packages += 1;
                collected(packages);
            }
            lines.push(line);
        }
    }
    let status = child.wait().context(|| format!("wait for {step}"))?;
    lines.extend(errors.and_then(|thread| thread.join().ok()).unwrap_or_default());
    if status.success() {
        return Ok(());
    }
    Err(Python::Install { step, tail: files::last_lines(&lines.join("\n"), 20) }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_step_reports_the_tail_of_its_output() {
        let mut command = Command::new("sh");
        command
            .args(["-c", "echo Collecting x; echo 'ERROR: no matching distribution' >&2; exit 1"]);
        let mut collected = Vec::new();
        let error = run("pip install", &mut command, |number| collected.push(number)).unwrap_err();
        let error = error.to_string();
        assert_eq!(collected, [1]);
        assert_eq!(error, "pip install failed:\nCollecting x\nERROR: no matching distribution");
    }

    #[test]
    fn a_folder_without_the_marker_is_not_complete() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("python");
        fs::write(&program, "").unwrap();
        assert!(!is_complete(folder.path(), &program));
        fs::write(folder.path().join(MARKER), "").unwrap();
        assert!(is_complete(folder.path(), &program));
    }
}
