//! The one table.

use std::{fs, num::NonZeroUsize};

use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};

use crate::{
    cold::{self, Function},
    fetch::Fetched,
    release::{Kind, Release, Releases},
    simulator::{self, Stage},
    statistics::Figure,
};

/// The largest zip, in megabytes.
const ZIP: f64 = 2.5;
/// How much longer a function may take to start than an empty one.
const START: f64 = 3.0;
/// The most CPU time of a first invoke, in milliseconds.
const FIRST_CPU: f64 = 5.0;
/// The most memory, in megabytes.
const MEMORY: f64 = 8.0;
/// The most transitions of a release.
const TRANSITIONS: usize = 26;
/// How much longer than Beanstalk alone a release may take, in seconds.
const OVER: f64 = 1.5;

/// The least calls that the simulator should answer in a second, with two environments.
const CALLS: f64 = 20_000.0;

const FUNCTIONS: [&str; 9] = [
    "function",
    "zip\nMB",
    "HTTPS\ncalls",
    "start\nms",
    "start CPU\nms",
    "first invoke\nms",
    "first CPU\nms",
    "warm invoke\nms",
    "memory\nMB",
];

const RELEASES: [&str; 9] = [
    "release",
    "transitions",
    "Beanstalk\ncalls",
    "wall\ns",
    "Beanstalk's\nown s",
    "over that\ns",
    "lag of the look\nunscaled s",
    "other waits\nunscaled s",
    "over that\nunscaled s",
];

/// The most memory while a commit is fetched, in megabytes.
const FETCH_MEMORY: f64 = 64.0;

const FETCHED: [&str; 9] = [
    "fetch",
    "archive\nMB",
    "bundle\nMB",
    "wall\ns",
    "CPU\ns",
    "MB of archive\nper s",
    "MB of archive\nper s of CPU",
    "",
    "memory\nMB",
];

const SIMULATOR: [&str; 9] = [
    "simulator",
    "environments",
    "calls per s\nmost / median",
    "CPU per call\nµs",
    "p50\nms",
    "p99\nms",
    "p50, p99 of\none caller, ms",
    "CPU at rest\n% of a core",
    "memory: at start,\nwith them, most MB",
];

/// Everything that was measured.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// The functions, one by one.
    pub(crate) functions: Option<cold::Measured>,
    /// A large commit.
    pub(crate) fetched: Option<Fetched>,
    /// Whole releases.
    pub(crate) releases: Option<Releases>,
    /// The simulator.
    pub(crate) simulator: Vec<Stage>,
}

/// All figures, as `minimum / median`.
pub(crate) fn print(measured: &Measured) -> String {
    let Measured { functions, fetched, releases, simulator } = measured;
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    let mut notes = vec!["Figures are minimum / median; ✗ is a target that the minimum misses."];
    let mut told = Vec::new();
    if let Some(functions) = functions {
        table.add_row(FUNCTIONS);
        table.add_row(function_targets());
        let empty = functions.empty.start;
        for function in functions.functions.iter().chain([&functions.empty]) {
            table.add_row(function_row(function, empty));
        }
        told.push(format!(
            "Functions: {} starts each, {} trusted certificates.",
            functions.rounds, functions.number_of_roots
        ));
    }
    if let Some(fetched) = fetched {
        table.add_row(FETCHED);
        table.add_row(fetched_targets());
        table.add_row(fetched_row(fetched));
    }
    if let Some(releases) = releases {
        table.add_row(RELEASES);
        table.add_row(release_targets());
        for kind in &releases.kinds {
            table.add_row(release_row(kind, releases.time_scale));
            table.add_row(floor_row(kind));
            told.push(format!("Calls of Beanstalk in a {}: {}.", kind.name, calls(kind)));
        }
        told.push(format!("Releases: at {} times the speed.", releases.time_scale));
    }
    if !simulator.is_empty() {
        table.add_row(SIMULATOR);
        table.add_row(simulator_targets());
        for stage in simulator {
            table.add_row(simulator_row(stage));
        }
        let callers = simulator::CALLERS;
        told.push(format!("Simulator: DescribeEnvironments by {callers} callers, of all or one."));
    }
    told.push(machine());
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    notes.extend(told.iter().map(String::as_str));
    format!("{table}\n{}", notes.join("\n"))
}

/// How large the machine is, and how busy it was.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, NonZeroUsize::get);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    format!("Machine: {cores} cores; on average {load} processes wanted them in the last minute.")
}

fn fetched_targets() -> [String; 9] {
    let mut row: [String; 9] = Default::default();
    "target".clone_into(&mut row[0]);
    row[8] = format!("≤ {FETCH_MEMORY}");
    row
}

fn fetched_row(fetched: &Fetched) -> [String; 9] {
    let Fetched { archive, bundle, wall, cpu, memory } = *fetched;
    let missed = if memory > FETCH_MEMORY { " ✗" } else { "" };
    [
        "a commit that cannot be packed".to_owned(),
        format!("{archive:.0}"),
        format!("{bundle:.0}"),
        format!("{wall:.1}"),
        format!("{cpu:.1}"),
        format!("{:.0}", archive / wall),
        format!("{:.0}", archive / cpu),
        String::new(),
        format!("{memory:.1}{missed}"),
    ]
}

fn function_targets() -> [String; 9] {
    let none = String::new;
    [
        "target".to_owned(),
        format!("≤ {ZIP}"),
        none(),
        format!("≤ {START} × empty"),
        none(),
        none(),
        format!("≤ {FIRST_CPU}"),
        none(),
        format!("≤ {MEMORY}"),
    ]
}

fn function_row(function: &Function, empty: Figure) -> [String; 9] {
    let Function { zip, start, first_cpu, memory, .. } = function;
    let times = start.minimum / empty.minimum;
    [
        function.name.clone(),
        mark(format!("{zip:.2}"), *zip > ZIP),
        function.calls.to_string(),
        mark(format!("{} ({times:.1} ×)", start.show(1)), times > START),
        function.start_cpu.show(1),
        function.first.show(1),
        mark(first_cpu.show(1), first_cpu.minimum > FIRST_CPU),
        function.warm.show(1),
        mark(memory.show(1), memory.minimum > MEMORY),
    ]
}

fn release_targets() -> [String; 9] {
    let none = String::new;
    let over = format!("≤ {OVER}");
    [
        "target".to_owned(),
        format!("≤ {TRANSITIONS}"),
        none(),
        none(),
        none(),
        over.clone(),
        none(),
        none(),
        over,
    ]
}

fn release_row(kind: &Kind, scale: f64) -> [String; 9] {
    let figure = |what: &dyn Fn(&Release) -> f64| Figure::of(kind.releases.iter().map(what));
    let count = |what: &dyn Fn(&Release) -> usize| {
        let counts = kind.releases.iter().map(what);
        let (least, most) = (counts.clone().min().unwrap_or(0), counts.max().unwrap_or(0));
        if least == most { most.to_string() } else { format!("{least} – {most}") }
    };
    let most = kind.releases.iter().map(|it| it.cost.transitions).max().unwrap_or(0);
    let over = figure(&|it| it.over());
    let unscaled = figure(&|it| it.over_unscaled(scale));
    [
        kind.name.to_owned(),
        mark(count(&|it| it.cost.transitions), most > TRANSITIONS),
        count(&|it| it.calls.values().sum()),
        figure(&|it| it.wall).show(1),
        figure(&|it| it.own).show(1),
        mark(over.show(1), over.minimum > OVER),
        figure(&|it| it.cost.lag).show(1),
        figure(&|it| it.cost.waits_outside).show(1),
        mark(unscaled.show(1), unscaled.minimum > OVER),
    ]
}

fn floor_row(kind: &Kind) -> [String; 9] {
    let none = String::new;
    [
        format!("of that, the emulator:\n{} steps that do nothing", kind.floor_steps),
        none(),
        none(),
        none(),
        none(),
        kind.floor.show(1),
        none(),
        none(),
        kind.floor.show(1),
    ]
}

fn simulator_targets() -> [String; 9] {
    let none = String::new;
    [
        "target".to_owned(),
        none(),
        format!("≥ {CALLS} of 2"),
        none(),
        none(),
        none(),
        none(),
        none(),
        none(),
    ]
}

fn simulator_row(stage: &Stage) -> [String; 9] {
    let Stage { together, alone, .. } = stage;
    let cores = if stage.pinned { "one core" } else { "all cores" };
    let calls = format!("{:.0} / {:.0}", together.most, together.median);
    [
        cores.to_owned(),
        stage.environments.to_string(),
        mark(calls, stage.environments == 2 && together.most < CALLS),
        format!("{:.1}", together.cpu),
        together.p50.show(2),
        together.p99.show(2),
        format!("{:.2}, {:.2}", alone.p50.minimum, alone.p99.minimum),
        format!("{:.2}", stage.rest),
        stage.memory.map(|it| format!("{it:.1}")).join(", "),
    ]
}

/// The calls of one release by operation; of the one with the most.
fn calls(kind: &Kind) -> String {
    let most = kind.releases.iter().max_by_key(|it| it.calls.values().sum::<usize>());
    let calls = most.into_iter().flat_map(|it| &it.calls);
    calls.map(|(operation, count)| format!("{count} {operation}")).collect::<Vec<_>>().join(", ")
}

fn mark(text: String, missed: bool) -> String {
    if missed { format!("{text} ✗") } else { text }
}
