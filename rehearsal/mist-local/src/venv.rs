//! Installs Python programs into a virtual environment of their own, once per set of pinned packages.

use std::fs::{self, File, TryLockError};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::{Context, Error, Python};
use crate::files;
use crate::progress::Progress;
use crate::python;

/// Written last, so that an installation that was cut off is done again.
const MARKER: &str = "complete";

/// What to install, where, and with what.
#[derive(Debug, Clone)]
pub struct Venv {
    /// What the packages are to the user, such as "the AWS emulator".
    pub name: &'static str,
    /// Every package, pinned, in the format of pip.
    pub requirements: &'static str,
    /// The folder that gets `venv-<hash>`; it is made when it is missing.
    pub folder: PathBuf,
    /// The interpreter to use; `None` takes the variable `MIST_PYTHON` or looks for one.
    pub python: Option<PathBuf>,
}

impl Venv {
    /// The Python of the virtual environment, after it was installed if need be; blocks for about 20 s then.
    ///
    /// The commands of the packages are beside it.
    /// Safe to call from several processes at a time: one installs, the others wait for it.
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
                .context(|| format!("remove the half-made `{}`", venv.display()))?;
        }
        let python = python::find(self.python.clone())?;
        progress.say(&format!("making a virtual environment with Python {}", python.version));
        let mut make = Command::new(&python.path);
        make.args(["-m", "venv"]).arg(venv);
        run("python -m venv", &mut make, &Progress::silent())?;
        progress.say(&format!("installing {} from PyPI (once, about 100 MB)", self.name));
        let requirements = venv.join("requirements.txt");
        fs::write(&requirements, self.requirements)
            .context(|| format!("write `{}`", requirements.display()))?;
        let mut fill = Command::new(program);
        // Without dependencies: the list is complete, so nothing that is not pinned can slip in.
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
        run("pip install", &mut fill, progress)?;
        let marker = venv.join(MARKER);
        fs::write(&marker, &python.version).context(|| format!("write `{}`", marker.display()))
    }

    fn lock(&self, progress: &Progress) -> Result<File, Error> {
        let path = self.folder.join("venv.lock");
        let file = files::open_lock(&path)?;
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => {
                progress.say(&format!("waiting for another process that installs {}", self.name));
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
    // The program is a link to the interpreter, which may be gone since.
    venv.join(MARKER).is_file() && program.exists()
}

/// Runs to the end, naming each package that pip takes up; the error carries the last lines.
fn run(step: &'static str, command: &mut Command, progress: &Progress) -> Result<(), Error> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context(|| format!("run {step}"))?;
    // A second thread reads the errors, since a full pipe would stop the child.
    let errors = child.stderr.take().map(|pipe| {
        std::thread::spawn(move || {
            BufReader::new(pipe).lines().map_while(Result::ok).collect::<Vec<_>>()
        })
    });
    let mut lines = Vec::new();
    if let Some(pipe) = child.stdout.take() {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if let Some(package) = line.strip_prefix("Collecting ") {
                progress.say(package.split(" (").next().unwrap_or(package));
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
        let error = run("pip install", &mut command, &Progress::silent()).unwrap_err().to_string();
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
