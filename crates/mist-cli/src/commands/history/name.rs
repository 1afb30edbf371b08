//! The names by which people refer to a release.

use mist_core::release::history::PastRelease;
use uuid::Uuid;

/// The length of a UUID as text.
const UUID: usize = 36;

/// The characters of a short name.
const SHORT: usize = 8;

/// The longest short name of an execution that a person has named.
const LONGEST: usize = 20;

/// A short name of `release`: a part of the name of its execution, so that it can be found in the console as well.
pub(super) fn short(release: &PastRelease) -> &str {
    let name = name(release);
    let starts = name.char_indices().map(|(start, _)| start);
    let mut parts = starts.filter_map(|start| name.get(start..start + UUID));
    let uuid = parts.find(|part| Uuid::try_parse(part).is_ok());
    let end = name.char_indices().nth(LONGEST).map_or(name.len(), |(end, _)| end);
    uuid.map_or(&name[..end], |uuid| &uuid[..SHORT])
}

/// The operation of `release`, with its version and who started it.
pub(in crate::commands) fn what(release: &PastRelease) -> String {
    let PastRelease { operation, version, started_by, .. } = release;
    let version = version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
    format!("{operation}{version} by {started_by}")
}

/// The name of the execution of `release`.
pub(super) fn name(release: &PastRelease) -> &str {
    release.execution.rsplit(':').next().unwrap_or_default()
}

/// The releases among `releases` that `named` can mean: by execution or key, else by version, else by a part of the
/// name of the execution.
pub(super) fn find<'a>(named: &str, releases: &'a [PastRelease]) -> Vec<&'a PastRelease> {
    let ways: [&dyn Fn(&PastRelease) -> bool; 3] = [
        &|it| it.execution == named || it.id == named || name(it) == named || short(it) == named,
        &|it| it.version.as_deref() == Some(named),
        &|it| name(it).contains(named),
    ];
    let found = ways.iter().map(|is_it| releases.iter().filter(|it| is_it(it)).collect::<Vec<_>>());
    found.into_iter().find(|found| !found.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use mist_testkit::opened;

    use super::*;

    fn release(name: &str, version: &str) -> PastRelease {
        let execution = format!("arn:aws:states:eu-west-1:123456789012:execution:mist:{name}");
        PastRelease { version: Some(version.to_owned()), ..opened(name, &execution) }
    }

    #[test]
    fn the_short_name_is_a_part_of_the_name_of_the_execution() {
        for (name, expected) in [
            ("QA-deploy-6f1c2d3e-0000-4000-8000-000000000000", "6f1c2d3e"),
            (
                "9a8b7c6d-0000-4000-8000-000000000000_1b2c3d4e-0000-4000-8000-000000000000",
                "9a8b7c6d",
            ),
            ("nightly", "nightly"),
            ("a-name-of-a-person-which-is-long", "a-name-of-a-person-w"),
            ("größe", "größe"),
        ] {
            assert_eq!(short(&release(name, "v1")), expected);
        }
    }

    #[test]
    fn a_release_is_found_by_its_execution_its_version_or_a_part_of_its_name() {
        let all = [
            release("QA-deploy-6f1c2d3e-0000-4000-8000-000000000000", "v2"),
            release("QA-deploy-6f1c0000-0000-4000-8000-000000000000", "v1"),
            release("nightly", "v1"),
        ];
        let found =
            |named: &str| find(named, &all).iter().map(|it| it.id.as_str()).collect::<Vec<_>>();
        assert_eq!(found("6f1c2d3e"), [all[0].id.as_str()]);
        assert_eq!(found(&all[1].execution), [all[1].id.as_str()]);
        assert_eq!(found("v1").len(), 2);
        assert_eq!(found("6f1c").len(), 2);
        assert!(found("v9").is_empty());
    }
}
