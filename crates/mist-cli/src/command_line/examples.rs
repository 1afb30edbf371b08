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
         mist history -s QA -n 5 -o json",
    ),
    ("lock status", "mist lock status -s QA"),
    (
        "lock release",
        "mist lock release -s QA
         mist lock release -s QA --yes",
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
