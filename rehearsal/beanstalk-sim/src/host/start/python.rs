//! The default start of the Python platform: gunicorn, or the WSGI server of Python in its place.

use std::fs;
use std::path::Path;

use super::super::error::StartError;
use super::super::log::InstanceLog;
use super::super::report::{Report, shown};
use super::super::setup::PythonOptions;
use super::super::step::word;
use super::programs::{has_program, require};

/// The stand-in for gunicorn, which needs nothing but Python.
const STAND_IN: &str = include_str!("wsgi.py");
const FILE: &str = "wsgi.py";

/// The name of the application that gunicorn looks for.
const APPLICATION: &str = "application";

/// The command that serves the WSGI application of `WSGIPath`.
pub(super) fn command(
    folder: &Path,
    instance: &Path,
    options: &PythonOptions,
    log: &InstanceLog,
    report: &mut Report,
) -> Result<String, StartError> {
    let (module, name) = target(&options.wsgi_path);
    check(folder, &module, &name)?;
    if has_program("gunicorn") {
        let PythonOptions { processes, threads, .. } = options;
        return Ok(format!(
            "exec gunicorn --bind 127.0.0.1:$PORT --workers={processes} --threads={threads} {module}:{name}"
        ));
    }
    require("python3", "serves the application with gunicorn", "add a `Procfile`")?;
    let place = instance.join(FILE);
    fs::write(&place, STAND_IN)?;
    report.skip(
        log,
        "`gunicorn`",
        "not on this machine; `wsgiref` of Python serves the application instead",
    );
    Ok(format!("exec python3 -u {} {module} {name}", word(&place)))
}

/// The module and the name of a WSGI path, such as `shop.wsgi:app` or the older `shop/wsgi.py`.
fn target(wsgi_path: &str) -> (String, String) {
    let (module, name) = wsgi_path.split_once(':').unwrap_or((wsgi_path, APPLICATION));
    let module = module.strip_suffix(".py").unwrap_or(module);
    (module.trim_matches('/').replace('/', "."), name.to_owned())
}

/// Refuses a module that is not in the bundle, and names that no module has.
fn check(folder: &Path, module: &str, name: &str) -> Result<(), StartError> {
    let is_name =
        |name: &str| !name.is_empty() && name.chars().all(|it| it.is_alphanumeric() || it == '_');
    let is_path = module.split('.').all(is_name) && is_name(name);
    let path = folder.join(module.replace('.', "/"));
    if is_path && (path.with_extension("py").is_file() || path.join("__init__.py").is_file()) {
        return Ok(());
    }
    let module = shown(module);
    Err(StartError::NoStart(format!(
        "the bundle has no `Procfile` and no module `{module}`, which `WSGIPath` names: add one of them, or set \
         `WSGIPath` in `aws:elasticbeanstalk:container:python`"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_of_a_wsgi_path_name_a_module_and_an_application() {
        let of = |path: &str| {
            let (module, name) = target(path);
            format!("{module}:{name}")
        };
        assert_eq!(of("application"), "application:application");
        assert_eq!(of("application.py"), "application:application");
        assert_eq!(of("shop/wsgi.py"), "shop.wsgi:application");
        assert_eq!(of("shop.wsgi:app"), "shop.wsgi:app");
    }

    #[test]
    fn a_module_must_be_in_the_bundle_and_be_a_name() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("application.py"), "").unwrap();
        fs::create_dir(folder.path().join("shop")).unwrap();
        fs::write(folder.path().join("shop/__init__.py"), "").unwrap();
        assert!(check(folder.path(), "application", "app").is_ok());
        assert!(check(folder.path(), "shop", "app").is_ok());
        for (module, name) in [("x", "app"), ("application", "a b"), ("a;b", "app"), ("", "app")] {
            assert!(check(folder.path(), module, name).is_err(), "{module}:{name}");
        }
    }
}
