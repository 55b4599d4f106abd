//! Limits of a profile hold over all lanes, for what is open and for what is written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use rolling_profiles_engine::{ErrorCode, Event, Granularity, Partition, Plan, RawKind, Settings};
use rolling_profiles_profile::Profile;
use rolling_profiles_testkit::{Arena, Cell, MemoryWriter, NOW_MS, Rig, raw, settings};

const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];
const MOST: usize = 3;

fn plan(is_segmented: bool) -> Plan {
    let partition = Partition::of_columns("s", "id", vec!["s".to_owned()]);
    Plan { partitions: if is_segmented { vec![partition] } else { Vec::new() }, ..Plan::default() }
}

/// Column names of a profile, and its tags.
fn read(bytes: &[u8]) -> (BTreeSet<String>, Vec<(String, String)>) {
    let profile = Profile::deserialize(bytes).unwrap();
    let names = profile.columns().map(|(name, _)| name.to_owned()).collect();
    (names, profile.tags().clone().into_iter().collect())
}

fn rejected(rig: &Rig) -> Vec<(ErrorCode, u64, u64)> {
    let of = |event: &Event| match event {
        Event::Rejected { error, messages, rows, .. } => Some((error.code, *messages, *rows)),
        _ => None,
    };
    rig.sink.events().iter().filter_map(of).collect()
}

/// A message: which columns each row has, and its segment; and how it comes.
#[derive(Debug, Clone)]
struct Message {
    form: Form,
    lane: usize,
    rows: Vec<(BTreeSet<usize>, usize)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Rows,
    Request,
    Lines,
}

#[derive(Debug, Clone)]
enum Step {
    Log(Message),
    Flush,
    FlushOther,
}

fn step() -> impl Strategy<Value = Step> {
    let row = (prop::collection::btree_set(0..NAMES.len(), 1..3), 0..4usize);
    let form = prop_oneof![Just(Form::Rows), Just(Form::Request), Just(Form::Lines)];
    let message = (form, 0..3usize, prop::collection::vec(row, 1..4));
    prop_oneof![
        8 => message.prop_map(|(form, lane, rows)| Step::Log(Message { form, lane, rows })),
        1 => Just(Step::Flush),
        1 => Just(Step::FlushOther),
    ]
}

/// What must be in each open profile, by segment.
#[derive(Default)]
struct Model {
    is_segmented: bool,
    most_segments: usize,
    segments: BTreeSet<usize>,
    columns: BTreeMap<Option<usize>, BTreeSet<String>>,
}

/// The overflow.
const REST: usize = 99;

impl Model {
    fn names(&self, columns: &BTreeSet<usize>) -> BTreeSet<String> {
        let own = columns.iter().map(|&column| NAMES[column].to_owned());
        own.chain(self.is_segmented.then(|| "s".to_owned())).collect()
    }

    /// Whether these rows fit together; they count then.
    fn takes(&mut self, rows: &[(BTreeSet<String>, usize)]) -> bool {
        let mut segments = self.segments.clone();
        let mut columns = self.columns.clone();
        for (names, segment) in rows {
            let place = self.is_segmented.then(|| {
                let has_room = segments.contains(segment) || segments.len() < self.most_segments;
                if has_room { *segment } else { REST }
            });
            segments.extend(place.filter(|&place| place != REST));
            columns.entry(place).or_default().extend(names.iter().cloned());
        }
        let fits = columns
            .iter()
            .all(|(place, names)| names.len() <= MOST.max(self.columns.get(place).map_or(0, BTreeSet::len)));
        if fits {
            self.segments = segments;
            self.columns = columns;
        }
        fits
    }

    fn log(&mut self, message: &Message) -> u64 {
        let own: Vec<_> = message.rows.iter().map(|(columns, segment)| (self.names(columns), *segment)).collect();
        let union = |rows: &[(BTreeSet<String>, usize)]| -> Vec<(BTreeSet<String>, usize)> {
            let all: BTreeSet<String> = rows.iter().flat_map(|(names, _)| names.iter().cloned()).collect();
            rows.iter().map(|(_, segment)| (all.clone(), *segment)).collect()
        };
        match message.form {
            Form::Rows => u64::from(!self.takes(&own)) * own.len() as u64,
            // What is too wide by itself is not read to its end.
            Form::Request if union(&own)[0].0.len() > MOST => 0,
            Form::Request => u64::from(!self.takes(&union(&own))) * own.len() as u64,
            Form::Lines => {
                let mut fit = Vec::new();
                let mut left_out = 0;
                for row in own {
                    let mut more = fit.clone();
                    more.push(row);
                    if self.takes(&union(&more)) {
                        fit = more;
                    } else {
                        left_out += 1;
                    }
                }
                left_out
            }
        }
    }
}

fn text_of(message: &Message, is_segmented: bool) -> String {
    let value = |columns: &BTreeSet<usize>, segment: usize| {
        let cells = columns.iter().map(|&column| format!("{:?}:1", NAMES[column]));
        let cells: Vec<String> = cells.chain(is_segmented.then(|| format!("\"s\":\"{segment}\""))).collect();
        format!("{{{}}}", cells.join(","))
    };
    if message.form == Form::Lines {
        let lines: Vec<String> = message.rows.iter().map(|(columns, segment)| value(columns, *segment)).collect();
        return lines.join("\n");
    }
    let all: BTreeSet<usize> = message.rows.iter().flat_map(|(columns, _)| columns.iter().copied()).collect();
    let names: Vec<String> = all
        .iter()
        .map(|&column| format!("{:?}", NAMES[column]))
        .chain(is_segmented.then(|| "\"s\"".to_owned()))
        .collect();
    let row = |(_, segment): &(BTreeSet<usize>, usize)| {
        let values = all.iter().map(|_| "1".to_owned());
        let values: Vec<String> = values.chain(is_segmented.then(|| format!("\"{segment}\""))).collect();
        format!("[{}]", values.join(","))
    };
    let rows: Vec<String> = message.rows.iter().map(row).collect();
    format!(r#"{{"datasetId":"d","multiple":{{"columns":[{}],"data":[{}]}}}}"#, names.join(","), rows.join(","))
}

fn run(steps: &[Step], workers: usize, is_segmented: bool, most_segments: usize) {
    let rig = Rig::new(&Settings { max_columns: MOST, max_segments: most_segments, ..settings(workers) });
    let dataset = rig.open_planned("d", Granularity::Day, None, plan(is_segmented), Vec::new());
    let other = rig.dataset("other", Vec::new());
    let names: Vec<String> =
        NAMES.iter().map(ToString::to_string).chain(is_segmented.then(|| "s".to_owned())).collect();
    let shape = rig.engine.register_shape(names.clone());
    let key = rig.engine.hold_key(dataset, NOW_MS).unwrap().key;
    let mut model = Model { is_segmented, most_segments, ..Model::default() };
    let mut left_out = 0;
    for step in steps {
        match step {
            Step::Log(message) => {
                left_out += model.log(message);
                match message.form {
                    Form::Rows => {
                        let mut arena = Arena::new(shape, names.len());
                        for (columns, segment) in &message.rows {
                            let cell =
                                |column| if columns.contains(&column) { Cell::Number(1.0) } else { Cell::Absent };
                            let segment = is_segmented.then(|| Cell::Text(segment.to_string()));
                            arena = arena.row(key, (0..NAMES.len()).map(cell).chain(segment));
                        }
                        arena = arena.message(0, message.rows.len() as u64, false, 0);
                        rig.submit(message.lane % workers, &arena);
                    }
                    Form::Request => rig
                        .engine
                        .submit_raw(raw(RawKind::LogRequest, text_of(message, is_segmented)))
                        .map(drop)
                        .unwrap(),
                    Form::Lines => {
                        rig.engine.submit_raw(raw(RawKind::Ndjson, text_of(message, is_segmented))).unwrap();
                    }
                }
                rig.reach();
            }
            Step::Flush => {
                rig.flush();
                model.columns.clear();
                model.segments.clear();
            }
            Step::FlushOther => {
                let waiter = rig.ask_flush(Some(other));
                rig.flushed(waiter);
            }
        }
        let rejected: u64 = rejected(&rig).iter().map(|(_, _, rows)| rows).sum();
        assert_eq!(rejected, left_out, "{step:?}");
    }
    let status = rig.status();
    let open: BTreeMap<Option<usize>, BTreeSet<String>> = status[0]
        .views
        .iter()
        .map(|bytes| {
            let (names, tags) = read(bytes);
            let tag = |key: &str| tags.iter().find(|(tag, _)| tag == key).map(|(_, value)| value.clone());
            let is_rest = tag("whylogs.tag.rp.overflow").is_some_and(|value| value == "true");
            let segment = if is_rest { Some(REST) } else { tag("whylogs.tag.s").map(|value| value.parse().unwrap()) };
            (segment, names)
        })
        .collect();
    assert_eq!(open, model.columns);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_profile_has_as_many_columns_and_segments_as_it_may(
        steps in prop::collection::vec(step(), 1..24),
        workers in 1..4usize,
        is_segmented: bool,
    ) {
        run(&steps, workers, is_segmented, 2);
    }
}

/// Three lanes get the columns of one profile at the same time, and flushes come between: whatever the threads do, no profile has too many.
#[test]
fn lanes_that_work_at_the_same_time_share_the_room() {
    let workers = 3;
    let rig = Rig::new(&Settings { max_columns: 10, ..settings(workers) });
    let writer = Arc::new(MemoryWriter::default());
    let dataset = rig.dataset("d", vec![Arc::clone(&writer) as _]);
    let key = rig.engine.hold_key(dataset, NOW_MS).unwrap().key;
    for round in 0..40 {
        for column in 0..12 {
            for lane in 0..workers {
                let name = format!("{round}-{column}-{}", (column + lane) % 4);
                let shape = rig.engine.register_shape(vec![name]);
                rig.submit(lane, &Arena::new(shape, 1).row(key, [Cell::Number(1.0)]));
            }
            if column == 6 {
                rig.ask_flush(Some(dataset));
            }
        }
        rig.ask_flush(Some(dataset));
    }
    rig.flush();
    let written = writer.written();
    let widths: Vec<usize> = written.iter().map(|item| read(&item.bytes).0.len()).collect();
    assert!(widths.iter().all(|&width| width <= 10), "{widths:?}");
    assert_eq!(widths.iter().filter(|&&width| width == 10).count(), 80, "{widths:?}");
    let stats = rig.engine.stats();
    assert_eq!(stats.tracked_rows + stats.rejected_rows, 40 * 36);
    assert_eq!(written.iter().map(|item| item.rows).sum::<u64>(), stats.tracked_rows);
}

#[test]
fn rows_of_further_segments_are_told_of_once_and_counted() {
    let rig = Rig::new(&Settings { max_segments: 2, ..settings(2) });
    let writer = Arc::new(MemoryWriter::default());
    rig.open_planned("d", Granularity::Day, None, plan(true), vec![Arc::clone(&writer) as _]);
    let lines: Vec<String> = (0..10).map(|segment| format!("{{\"s\":\"{segment}\",\"n\":1}}")).collect();
    rig.engine.submit_raw(raw(RawKind::Ndjson, lines.join("\n"))).unwrap();
    rig.flush();
    let mut written: Vec<_> = writer.written().iter().map(|item| (item.segment.clone().unwrap(), item.rows)).collect();
    written.sort_by_key(|(segment, _)| segment.tags.clone());
    let tags: Vec<_> =
        written.iter().map(|(segment, rows)| (segment.tags[0].clone(), segment.is_overflow, *rows)).collect();
    let tag = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(tags, [(tag("rp.overflow", "true"), true, 8), (tag("s", "0"), false, 1), (tag("s", "1"), false, 1)]);
    let names: Vec<_> = writer.written().iter().map(|item| item.file_name.clone()).collect();
    assert_eq!(names.iter().filter(|name| name.ends_with("_~overflow.bin")).count(), 1, "{names:?}");
    assert_eq!(rig.engine.stats().overflowed_rows, 8);
    let warnings = rig
        .sink
        .events()
        .iter()
        .filter(|event| matches!(event, Event::Warning(error) if error.code == ErrorCode::TooManySegments))
        .count();
    assert_eq!(warnings, 1);
}
