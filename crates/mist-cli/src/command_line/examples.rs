//! The examples in the help of each command.

/// The examples of the command `name`, such as `lock status`: a line each, with a remark after two spaces.
pub(super) fn of(name: &str) -> Option<&'static str> {
    EXAMPLES.iter().find(|(command, _)| *command == name).map(|(_, lines)| *lines)
}

/// The examples, by command.
pub(super) const EXAMPLES: &[(&str, &str)] = &[
    (
        "deploy",
        "mist deploy -s QA -f app.zip                 upload a bundle and release it
         mist deploy -s QA -v 2.4.1                   release a version that Beanstalk has
         mist deploy -s QA --ref v2.4.1               release a tag of the stack's repository
         mist deploy -s QA -v 2.4.1 --on-conflict queue
         mist deploy -s QA -v 2.4.1 -e shop-qa-b      deploy to the idle environment only",
    ),
    (
        "promote",
        "mist promote QA UAT
         mist promote UAT LIVE -m weekly",
    ),
    ("warm", "mist warm -s QA"),
    (
        "swap",
        "mist swap -s QA
         mist swap -s QA -e shop-qa-b    make this environment live, whichever is live now",
    ),
    (
        "rollback",
        "mist rollback -s QA                 the previous version, which still runs
         mist rollback -s QA --now           stop a release that bakes, and roll back
         mist rollback -s QA --to 2.4.0      release this version",
    ),
    ("mark", "mist mark -s QA"),
    (
        "start",
        "mist start -s QA
         mist start -s QA -e shop-qa-b",
    ),
    (
        "stop",
        "mist stop -s QA
         mist stop -s QA -e shop-qa-a --live    stop the live environment; asks for the stack's name",
    ),
    (
        "status",
        "mist status
         mist status -s QA -o json",
    ),
    (
        "version",
        "mist version -s QA
         mist version -s QA -e shop-qa-b",
    ),
    (
        "history",
        "mist history -s QA
         mist history --all --since 7d
         mist history -s QA --verdict failed --by ada -o json",
    ),
    (
        "history show",
        "mist history show 6f1c2d3e      by its short name in the list
         mist history show v2 -s QA      the newest release of that version",
    ),
    (
        "watch",
        "mist watch -s QA                the release in progress, whoever started it
         mist watch QA-deploy-6f1c2d3e-1b2c-4d5e-8f90-a1b2c3d4e5f6",
    ),
    (
        "abort",
        "mist abort -s QA
         mist abort -s QA --yes -m mistaken",
    ),
    (
        "logs",
        "mist logs -s QA
         mist logs -s QA --side idle --since 10m",
    ),
    ("lock status", "mist lock status -s QA"),
    (
        "lock release",
        "mist lock release -s QA
         mist lock release -s QA --yes",
    ),
    ("ui", "mist ui"),
    (
        "report",
        "mist report --since 7d --html week.html
         mist report -s QA 2.4.1 --html release.html    one release, such as for a ticket",
    ),
    ("explain", "mist explain Mist.Locked"),
    (
        "config push",
        "mist config push                show what differs, ask, and store it
         mist config push -s QA --yes",
    ),
    (
        "config pull",
        "mist config pull > mist.yaml
         mist config pull -s QA",
    ),
    (
        "config validate",
        "mist config validate
         mist config validate -f deploy/mist.yaml",
    ),
    ("config import", "mist config import config.yml"),
    (
        "config show",
        "mist config show -s QA
         mist config show -s QA -o json",
    ),
    ("config schema", "mist config schema > mist.schema.json"),
    (
        "setup",
        "mist setup --check                        change nothing
         mist setup --email ops@example.com",
    ),
    (
        "cleanup",
        "mist cleanup --dry-run    list what would be removed
         mist cleanup",
    ),
    #[cfg(feature = "rehearsal")]
    (
        "local up",
        "mist local up
         mist local up --name b    a second cloud, beside the first",
    ),
    #[cfg(feature = "rehearsal")]
    ("local down", "mist local down"),
    #[cfg(feature = "rehearsal")]
    (
        "local status",
        "mist local status
         mist local status --name b",
    ),
    #[cfg(feature = "rehearsal")]
    (
        "local reset",
        "mist local reset
         mist local reset --yes",
    ),
    #[cfg(feature = "rehearsal")]
    ("local logs", "mist local logs"),
    #[cfg(feature = "rehearsal")]
    (
        "local env",
        "eval \"$(mist local env)\"             sh, bash, zsh
         eval \"$(mist local env --undo)\"      back to AWS
         mist local env --shell fish | source",
    ),
    #[cfg(feature = "rehearsal")]
    (
        "demo",
        "mist demo
         mist demo --speed 5 --rate 100",
    ),
    (
        "help",
        "mist help lock status
         mist help exit-codes",
    ),
    (
        "completion",
        "mist completion bash > ~/.local/share/bash-completion/completions/mist
         mist completion zsh > ~/.zfunc/_mist
         mist completion fish > ~/.config/fish/completions/mist.fish",
    ),
    ("man", "mist man ~/.local/share/man/man1"),
];
