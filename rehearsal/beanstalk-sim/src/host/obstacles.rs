//! The parts of an instance that this machine does not have, and their recognition in commands.
//!
//! A step that needs one is not run, because it would fail here, or change this machine.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Folders and programs of an instance. Each begins a path.
const PLACES: [&str; 20] = [
    "/var/app/",
    "/var/proxy/",
    "/var/www/",
    "/var/log/",
    "/var/run/",
    "/var/spool/",
    "/opt/",
    "/etc/",
    "/home/",
    "/root/",
    "/boot/",
    "/usr/local/",
    "/usr/share/",
    "/usr/lib/",
    "/usr/bin/yum",
    "/usr/bin/dnf",
    "/usr/sbin/",
    "/sbin/",
    "/bin/systemctl",
    "/usr/bin/systemctl",
];
/// Programs that would change this machine, or that it lacks. Steps find a stand-in that does nothing.
const PROGRAMS: [&str; 31] = [
    "yum",
    "dnf",
    "rpm",
    "amazon-linux-extras",
    "apt",
    "apt-get",
    "dpkg",
    "systemctl",
    "service",
    "chkconfig",
    "initctl",
    "supervisorctl",
    "useradd",
    "usermod",
    "userdel",
    "groupadd",
    "groupmod",
    "groupdel",
    "passwd",
    "chown",
    "chgrp",
    "mount",
    "umount",
    "crontab",
    "sysctl",
    "swapon",
    "mkswap",
    "reboot",
    "shutdown",
    "halt",
    "poweroff",
];
/// The stand-in of a program. It names the program and its first word, as further words may be secrets.
const STAND_IN: &str = "#!/bin/sh\nprintf '%s %s\\n' \"${0##*/}\" \"$1\" >> \"${0%/*}/../not-run\"\n\
    echo \"not run on this machine: ${0##*/} $1\" >&2\n";
/// `sudo` runs a command as the own user.
const SUDO: &str = "#!/bin/sh\nwhile [ \"${1#-}\" != \"$1\" ]; do shift; done\nexec \"$@\"\n";
/// The folder of the stand-ins, and the file of their uses beside it.
pub(super) const STAND_INS: &str = "programs";
const USES: &str = "not-run";

/// The first part of an instance that a script names, such as `/var/app/`. Comments and the search path do not count.
pub(super) fn place_in(script: &str) -> Option<&'static str> {
    let counts = |line: &&str| {
        let line = line.trim_start();
        !line.starts_with('#') && !line.trim_start_matches("export ").starts_with("PATH=")
    };
    let lines = script.lines().filter(counts);
    lines.flat_map(|line| PLACES.into_iter().filter(|place| names(line, place))).next()
}

/// Whether a line names a place as the beginning of a path, so that `./var/app/` is none.
fn names(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        !before.is_some_and(|before| before.is_alphanumeric() || "./}_-~*".contains(before))
    })
}

/// Creates the stand-ins in the folder of an instance.
pub(super) fn create_stand_ins(instance: &Path) -> io::Result<()> {
    let folder = instance.join(STAND_INS);
    fs::create_dir(&folder)?;
    let programs = PROGRAMS.into_iter().map(|program| (program, STAND_IN)).chain([("sudo", SUDO)]);
    for (program, script) in programs {
        let path = folder.join(program);
        fs::write(&path, script)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// The uses of stand-ins since the last call, such as `yum install`.
pub(super) fn take_uses(instance: &Path) -> Vec<String> {
    let path = instance.join(USES);
    let Ok(text) = fs::read_to_string(&path) else { return Vec::new() };
    // A file that stays is read again, which repeats what is true.
    let _ = fs::remove_file(path);
    let mut uses: Vec<String> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if !uses.iter().any(|before| before == line) {
            uses.push(line.to_owned());
        }
    }
    uses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_searched_for_the_places_of_an_instance() {
        assert_eq!(place_in("cd /var/app/current && ls"), Some("/var/app/"));
        assert_eq!(place_in("#!/bin/bash\nset -e\ncp a \"/etc/nginx/x\""), Some("/etc/"));
        assert_eq!(place_in("/opt/elasticbeanstalk/bin/get-config environment"), Some("/opt/"));
        for harmless in [
            "#!/bin/bash\n# reads /etc/passwd\necho hi",
            "ls ./var/app/ $HOME/etc/x build/opt/y",
            "#!/usr/bin/env python3\nprint()",
            "export PATH=/usr/local/bin:$PATH\nPATH=/opt/x:$PATH\n",
            "curl http://localhost/home/x",
        ] {
            assert_eq!(place_in(harmless), None, "{harmless}");
        }
    }

    #[test]
    fn every_use_of_a_stand_in_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        create_stand_ins(folder.path()).unwrap();
        let script =
            "yum -y install secret-token; yum -y install x; sudo -E systemctl restart a; sudo true";
        let path = format!("{}:{}", folder.path().join(STAND_INS).display(), env!("PATH"));
        let status =
            std::process::Command::new("/bin/sh").args(["-c", script]).env("PATH", path).status();
        assert!(status.unwrap().success());
        assert_eq!(take_uses(folder.path()), ["yum -y", "systemctl restart"]);
        assert!(take_uses(folder.path()).is_empty());
    }
}
