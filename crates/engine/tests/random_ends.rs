//! Writers that fail, hang, answer late or never, clocks that jump, flushes, memory that is full, and an end at any
//! point: everybody who waits is answered once, writers are left the pauses that they asked for, nothing is written after the end, and
//! every row is written or told as lost.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use proptest::prelude::*;
use rolling_profiles_engine::{
    Advice, EngineError, ErrorCode, Event, Failpoint, Granularity, Schedule, Settings, Site, Stats, Writable, Writer,
};
use rolling_profiles_profile::{Column, Profile};
use rolling_profiles_testkit::{Answer, Arena, Attempt, Begins, Cell, NOW_MS, Rig, ScriptedWriter, settings};

const DATASETS: usize = 3;
const WRITERS: usize = 2;
const WRITE_TIMEOUT_MS: u64 = 10_000;
const HOUR_MS: u64 = 3_600_000;
/// What the engine gives attempts that were handed to writers when a close is over.
const LAST_WORD_MS: u64 = 500;
/// How long a failure that will not pass by itself is left alone.
const PERMANENT_MS: u64 = 300_000;
/// How many calls of a writer that blocks can be under way.
const THREADS: usize = 2;
/// Memory for two profiles.
const NARROW_BYTES: u64 = 5000;
/// How long first attempts are waited for where memory is full.
const PATIENCE_MS: u64 = 1000;
/// More attempts than a program makes.
const UNLIMITED: usize = 1000;
const CLOSE_WAITER: u64 = 1;
const FIRST_WAITER: u64 = 1_000_000;

#[derive(Debug, Clone)]
enum Step {
    Log(usize),
    /// Logs, and waits until that is written.
    LogUntilWritten(usize),
    Flush(Option<usize>),
    Reach,
    Status,
    /// Time passes.
    Pass(u64),
    /// The wall clock is set, and no time passes.
    Jump(i64),
    /// A writer begins what it was given.
    Turn(usize),
    /// A writer answers what it has held longest.
    Answer(usize, Result<(), Advice>),
    /// So many profiles from now, one cannot be sealed.
    FailSeal(i64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Close(u64),
    Stop,
}

#[derive(Debug, Clone)]
struct Program {
    workers: usize,
    /// How many attempts each writer may have under way.
    most_writes: usize,
    /// What profiles may take of memory.
    profile_bytes: u64,
    scheduled: bool,
    /// For each writer its answers, and when it begins.
    writers: Vec<(Vec<Answer>, Begins)>,
    steps: Vec<Step>,
    end: End,
    /// What happens while it closes.
    last_steps: Vec<Step>,
    /// Whether every step is over before the next begins.
    is_patient: bool,
    /// Whether flushes are waited for before the end.
    is_flushed: bool,
}

fn advice() -> impl Strategy<Value = Advice> {
    let after_ms = prop_oneof![3 => Just(None), 1 => Just(Some(2000)), 1 => Just(Some(HOUR_MS))];
    let is_permanent = prop::bool::weighted(0.1);
    (after_ms, is_permanent).prop_map(|(after_ms, is_permanent)| Advice { after_ms, is_permanent, ..Advice::default() })
}

fn outcome() -> impl Strategy<Value = Result<(), Advice>> {
    prop_oneof![2 => Just(Ok(())), 1 => advice().prop_map(Err)]
}

fn writer() -> impl Strategy<Value = (Vec<Answer>, Begins)> {
    let answer = prop_oneof![
        3 => Just(Answer::Success),
        3 => advice().prop_map(Answer::Failure),
        3 => Just(Answer::Held),
        1 => Just(Answer::Silence),
        1 => Just(Answer::Panic),
    ];
    let begins = prop::sample::select(vec![Begins::AtOnce, Begins::Blocking, Begins::Later]);
    (prop::collection::vec(answer, 1..5), begins)
}

fn step() -> impl Strategy<Value = Step> {
    let some_time = prop::sample::select(vec![1, 250, 1000, 9999, WRITE_TIMEOUT_MS, 60_000, PERMANENT_MS, HOUR_MS]);
    let jump = prop::sample::select(vec![-86_400_000, -(HOUR_MS.cast_signed()), 1, 86_400_000]);
    prop_oneof![
        6 => (0..DATASETS).prop_map(Step::Log),
        2 => (0..DATASETS).prop_map(Step::LogUntilWritten),
        3 => prop::option::of(0..DATASETS).prop_map(Step::Flush),
        1 => Just(Step::Reach),
        1 => Just(Step::Status),
        4 => some_time.prop_map(Step::Pass),
        1 => jump.prop_map(Step::Jump),
        4 => (0..WRITERS).prop_map(Step::Turn),
        4 => (0..WRITERS, outcome()).prop_map(|(writer, outcome)| Step::Answer(writer, outcome)),
        1 => (0..3i64).prop_map(Step::FailSeal),
    ]
}

fn program() -> impl Strategy<Value = Program> {
    let time = prop::sample::select(vec![0, 1, 1000, 5000, 30_000, HOUR_MS * 2]);
    let end = prop_oneof![4 => time.prop_map(End::Close), 1 => Just(End::Stop)];
    let writers = prop::collection::vec(writer(), WRITERS);
    let (steps, last_steps) = (prop::collection::vec(step(), 0..40), prop::collection::vec(step(), 0..12));
    let waits = (prop::bool::weighted(0.7), prop::bool::weighted(0.3));
    let sizes =
        (1..3usize, prop_oneof![1..4usize, Just(UNLIMITED)], prop_oneof![2 => Just(1 << 30), 1 => Just(NARROW_BYTES)]);
    let program = (sizes, prop::bool::weighted(0.3), writers, steps, end, last_steps, waits);
    program.prop_map(|((workers, most_writes, profile_bytes), scheduled, writers, steps, end, last_steps, waits)| {
        Program {
            workers,
            most_writes,
            profile_bytes,
            scheduled,
            writers,
            steps,
            end,
            last_steps,
            is_patient: waits.0,
            is_flushed: waits.1,
        }
    })
}

/// What somebody waits for.
#[derive(Debug, Clone, Copy)]
enum Waits {
    /// Until this row of a dataset is written.
    Written(usize, f64),
    Other,
}

/// The first dataset has both writers, the others have one each.
fn writers_of(writers: &[Arc<ScriptedWriter>], dataset: usize) -> impl Iterator<Item = &Arc<ScriptedWriter>> {
    writers.iter().enumerate().filter(move |(at, _)| dataset == 0 || at % 2 == dataset % 2).map(|(_, writer)| writer)
}

struct Run {
    rig: Rig,
    writers: Vec<Arc<ScriptedWriter>>,
    datasets: Vec<u64>,
    shape: u64,
    /// Rows that were taken, by dataset.
    rows: [u64; DATASETS],
    /// Each row has a number of its own.
    last_row: f64,
    waiters: BTreeMap<u64, Waits>,
    /// Who asked when it was closing already.
    first_late_waiter: u64,
    failing: Arc<AtomicI64>,
    is_patient: bool,
    is_narrow: bool,
}

impl Run {
    fn new(program: &Program) -> Self {
        let failing = Arc::new(AtomicI64::new(-1));
        let left = Arc::clone(&failing);
        let failpoint: Failpoint = Arc::new(move |site, _| {
            if site == Site::Seal && left.fetch_sub(1, Ordering::SeqCst) == 0 {
                std::panic::resume_unwind(Box::new("told to fail"));
            }
        });
        let chosen = Settings {
            write_timeout_ms: WRITE_TIMEOUT_MS,
            max_concurrent_writes: program.most_writes,
            max_profile_bytes: program.profile_bytes,
            ..settings(program.workers)
        };
        let rig = Rig::failing(&chosen, Some(failpoint));
        let scripted = |(script, begins): &(Vec<Answer>, Begins)| {
            Arc::new(ScriptedWriter::new(script.clone(), *begins, Arc::clone(&rig.clock)))
        };
        let writers: Vec<Arc<ScriptedWriter>> = program.writers.iter().map(scripted).collect();
        let schedule = program.scheduled.then_some(Schedule { cadence: Granularity::Minute, interval: 5 });
        let open = |number: usize| {
            let own = writers_of(&writers, number).map(|writer| Arc::clone(writer) as Arc<dyn Writer>).collect();
            rig.open(&format!("d{number}"), Granularity::Day, schedule, own)
        };
        let datasets = (0..DATASETS).map(open).collect();
        let shape = rig.engine.register_shape(vec!["a".to_owned()]);
        let rows = [0; DATASETS];
        Self {
            rig,
            writers,
            datasets,
            shape,
            rows,
            last_row: 0.0,
            waiters: BTreeMap::new(),
            first_late_waiter: u64::MAX,
            failing,
            is_patient: program.is_patient,
            is_narrow: program.profile_bytes == NARROW_BYTES,
        }
    }

    fn log(&mut self, dataset: usize) {
        // The same bucket always, whatever the clock says.
        let key = self.rig.engine.hold_key(self.datasets[dataset], NOW_MS).unwrap();
        self.last_row += 1.0;
        let (arena, text) = Arena::new(self.shape, 1).row(key.key, [Cell::Number(self.last_row)]).build();
        if self.rig.engine.submit(key.lane, &arena, &text).is_ok() {
            self.rows[dataset] += 1;
        }
    }

    /// Waits by `ask`, unless that is refused.
    fn wait(&mut self, what: Waits, ask: impl FnOnce(&Rig, u64) -> Result<(), EngineError>) -> Option<u64> {
        let waiter = FIRST_WAITER + self.waiters.len() as u64;
        ask(&self.rig, waiter).ok()?;
        self.waiters.insert(waiter, what);
        Some(waiter)
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Log(dataset) => self.log(dataset),
            Step::LogUntilWritten(dataset) => {
                let (since, number) = (self.rig.engine.sealed(), self.datasets[dataset]);
                self.log(dataset);
                let what = Waits::Written(dataset, self.last_row);
                self.wait(what, |rig, waiter| rig.engine.written(waiter, Some(number), since));
            }
            Step::Flush(dataset) => {
                let number = dataset.map(|dataset| self.datasets[dataset]);
                self.wait(Waits::Other, |rig, waiter| rig.engine.flush(waiter, number));
            }
            Step::Reach => drop(self.wait(Waits::Other, |rig, waiter| rig.engine.reach(waiter))),
            Step::Status => drop(self.wait(Waits::Other, |rig, waiter| rig.engine.status(waiter, None))),
            Step::Pass(ms) => self.rig.clock.pass(ms),
            Step::Jump(ms) => self.rig.clock.jump_by(ms),
            Step::Turn(writer) => self.writers[writer].turn(),
            Step::Answer(writer, outcome) => drop(self.writers[writer].answer_held(outcome)),
            Step::FailSeal(profiles) => self.failing.store(profiles, Ordering::SeqCst),
        }
        if self.is_patient {
            self.catch_up();
        }
    }

    fn has_ended(&self) -> bool {
        self.rig.sink.events().iter().any(is_end)
    }

    /// Lets time pass until each flush is answered: no attempt takes longer than it may.
    #[expect(clippy::disallowed_methods, reason = "the threads of writers run in real time")]
    fn answer_flushes(&mut self) -> Result<(), TestCaseError> {
        let flush = self.wait(Waits::Other, |rig, waiter| rig.engine.flush(waiter, None)).unwrap();
        for _ in 0..3000 {
            for writer in 0..WRITERS {
                self.step(&Step::Turn(writer));
            }
            self.step(&Step::Pass(WRITE_TIMEOUT_MS));
            if self.rig.sink.events().iter().any(|event| answers(event).contains(&flush)) {
                return Ok(());
            }
            // Of writers that block, threads have to come to it.
            std::thread::sleep(Duration::from_millis(1));
        }
        Err(TestCaseError::fail("a flush is not answered"))
    }

    /// Waits until the engine has seen to everything, or has ended: it looks at the clock between two answers.
    fn catch_up(&mut self) {
        self.ask_and_wait();
        self.ask_and_wait();
    }

    #[expect(clippy::disallowed_methods, reason = "workers come to what they wait for in real time")]
    fn ask_and_wait(&mut self) {
        let waiter = self.wait(Waits::Other, |rig, waiter| rig.engine.reach(waiter));
        // Who is refused sees the end.
        let is_answer = |event: &Event| waiter.is_some_and(|waiter| answers(event).contains(&waiter));
        let is_over = |run: &Self| run.rig.sink.events().iter().any(|event| is_end(event) || is_answer(event));
        // Workers that wait for memory wait for writers, but not for ever.
        for turn in 1.. {
            if !self.is_narrow || is_over(self) {
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
            if turn % 5 == 0 {
                self.rig.clock.pass(PATIENCE_MS);
            }
        }
        self.rig.sink.wait("answer or end", |event| (is_end(event) || is_answer(event)).then_some(()));
    }

    fn end(&mut self, end: End, last_steps: &[Step]) {
        match end {
            End::Stop => self.rig.engine.stop(EngineError::new(ErrorCode::NotAlive, "killed")),
            End::Close(timeout_ms) => {
                let waiter = CLOSE_WAITER;
                self.rig.engine.close(waiter, timeout_ms).unwrap();
                self.first_late_waiter = FIRST_WAITER + self.waiters.len() as u64;
                self.waiters.insert(waiter, Waits::Other);
                if self.is_patient {
                    // Each answer lets a writer begin its next at least.
                    for _ in 0..=self.rows.iter().sum::<u64>() {
                        self.catch_up();
                    }
                }
                // Nobody logs any more.
                let may_come = |step: &&Step| !matches!(step, Step::Log(_) | Step::LogUntilWritten(_));
                let turns = (0..WRITERS).map(Step::Turn);
                let steps = last_steps.iter().filter(may_come).cloned().chain([Step::Pass(timeout_ms)]).chain(turns);
                for step in steps {
                    if !self.has_ended() {
                        self.step(&step);
                    }
                }
                // The last word begins when all is sealed.
                self.catch_up();
                self.rig.clock.pass(LAST_WORD_MS);
            }
        }
        self.rig.engine.join();
    }

    fn attempts(&self) -> Vec<Attempt> {
        self.writers.iter().flat_map(|writer| writer.attempts()).collect()
    }
}

const fn is_end(event: &Event) -> bool {
    matches!(event, Event::Stopped(_))
}

/// Whom an event answers.
fn answers(event: &Event) -> Vec<u64> {
    match event {
        Event::Settled(waiters) => waiters.iter().map(|(waiter, _)| *waiter).collect(),
        Event::Flushed { waiter, .. } | Event::Status { waiter, .. } | Event::Closed { waiter, .. } => vec![*waiter],
        _ => Vec::new(),
    }
}

fn written_rows(events: &[Event], of: Option<&str>) -> u64 {
    let rows = |event: &Event| match event {
        Event::Written { dataset, rows, .. } if of.is_none_or(|of| of == dataset) => *rows,
        _ => 0,
    };
    events.iter().map(rows).sum()
}

/// The numbers of the rows that each profile counts, by its file name: from the first to the last.
fn numbers_of(run: &Run) -> BTreeMap<String, (f64, f64)> {
    let numbers = |attempt: Attempt| {
        let profile = Profile::deserialize(&attempt.item.bytes).unwrap();
        let found = profile.get("a").and_then(Column::distribution).unwrap();
        (attempt.item.file_name.clone(), (found.min, found.max))
    };
    run.attempts().into_iter().map(numbers).collect()
}

/// Everybody is answered once, unless the engine was stopped; and who waited for rows is told the truth.
fn check_waiters(run: &Run, events: &[Event], end: End) -> Result<(), TestCaseError> {
    let numbers = numbers_of(run);
    let mut times: BTreeMap<u64, usize> = BTreeMap::new();
    let mut written = Vec::new();
    for event in events {
        if let Event::Written { dataset, file_name, .. } = event {
            written.push((dataset.as_str(), numbers[file_name]));
        }
        for waiter in answers(event) {
            *times.entry(waiter).or_default() += 1;
        }
        let Event::Settled(waiters) = event else { continue };
        for (waiter, outcome) in waiters {
            let Some(&Waits::Written(dataset, row)) = run.waiters.get(waiter) else { continue };
            let name = format!("d{dataset}");
            let has_row =
                |(dataset, (first, last)): &(&str, (f64, f64))| *dataset == name && *first <= row && row <= *last;
            prop_assert!(outcome.is_err() || written.iter().any(has_row), "{row} is not written");
        }
    }
    for waiter in run.waiters.keys() {
        let answered = times.remove(waiter).unwrap_or_default();
        // What a stop cuts short, a close has no time for, or came after it, is answered by the end.
        let may_miss = end == End::Stop || !run.is_patient || *waiter >= run.first_late_waiter;
        prop_assert!(answered == 1 || answered == 0 && may_miss, "{waiter} is answered {answered} times");
    }
    prop_assert!(times.is_empty(), "nobody asked: {times:?}");
    Ok(())
}

/// A writer gets a profile again when its pause is over, and no sooner. When a thread of one that blocks was told, and
/// when that came to the engine, is not known.
fn check_pauses(writer: &ScriptedWriter) -> Result<(), TestCaseError> {
    let mut last: BTreeMap<String, Attempt> = BTreeMap::new();
    for attempt in writer.attempts() {
        let Some(before) = last.insert(attempt.item.idempotency_key.clone(), attempt.clone()) else { continue };
        prop_assert_eq!(&before.item.bytes, &attempt.item.bytes);
        if writer.blocks() {
            continue;
        }
        let late_ms = before.begun_ms.0 + WRITE_TIMEOUT_MS;
        let least_ms = match before.told {
            Some((told_ms, outcome)) if told_ms < late_ms => {
                let Err(advice) = outcome else { return Err(TestCaseError::fail(format!("{before:?} was written"))) };
                told_ms + advice.after_ms.unwrap_or(0).max(if advice.is_permanent { PERMANENT_MS } else { 0 })
            }
            _ => late_ms,
        };
        prop_assert!(attempt.begun_ms.1 >= least_ms, "tried too soon: {before:?} {attempt:?}");
    }
    Ok(())
}

/// A writer is in the middle of no more attempts than it may be, but for late ones, of which there are no more than that either.
fn check_concurrency(writer: &ScriptedWriter, most: usize) -> Result<(), TestCaseError> {
    let attempts = writer.attempts();
    for (number, attempt) in attempts.iter().enumerate() {
        let (begun_ms, _) = attempt.begun_ms;
        let is_open = |before: &&Attempt| before.told.is_none_or(|(told_ms, _)| told_ms > begun_ms);
        let open: Vec<&Attempt> = attempts[..number].iter().filter(is_open).collect();
        prop_assert!(open.len() < most * 2, "{} are open", open.len());
        let on_time = open.iter().filter(|before| before.begun_ms.1 + WRITE_TIMEOUT_MS > begun_ms).count();
        prop_assert!(on_time < most, "{on_time} are under way");
    }
    Ok(())
}

/// Every row that was taken is written, or told as lost.
fn check_rows(run: &Run, events: &[Event], stats: &Stats, end: End) -> Result<(), TestCaseError> {
    let taken: u64 = run.rows.iter().sum();
    prop_assert_eq!(stats.accepted_rows, taken);
    prop_assert_eq!(stats.rejected_rows, 0);
    let written = written_rows(events, None);
    prop_assert_eq!(written + stats.lost_rows, taken, "{:?}", stats);
    let unsealed = events.iter().filter_map(|event| match event {
        Event::Lost { loss, .. } => Some((loss.profiles, loss.rows)),
        _ => None,
    });
    let (unsealed_profiles, unsealed_rows) = unsealed.fold((0, 0), |(a, b), (c, d)| (a + c, b + d));
    prop_assert!(unsealed_rows <= stats.lost_rows && unsealed_profiles <= stats.lost_profiles);
    if end == End::Stop {
        return Ok(());
    }
    let closed = events.iter().find_map(|event| match event {
        Event::Closed { pending, lost, .. } => Some((*pending, lost)),
        _ => None,
    });
    let (pending, lost) = closed.unwrap();
    prop_assert!(stats.lost_rows > 0 || stats.profile_bytes == 0, "{:?}", stats);
    prop_assert_eq!(lost.iter().map(|loss| loss.rows).sum::<u64>(), stats.lost_rows);
    prop_assert_eq!(lost.iter().map(|loss| loss.profiles).sum::<u64>(), stats.lost_profiles);
    prop_assert!(pending <= stats.lost_profiles);
    for (number, &rows) in run.rows.iter().enumerate() {
        let name = format!("d{number}");
        let own = lost.iter().filter(|loss| loss.dataset.as_ref() == Some(&name));
        let lost: u64 = own.map(|loss| loss.rows).sum();
        let written = written_rows(events, Some(&name));
        // Where workers wait for memory, a close may be over before they come to all.
        let is_known = run.is_patient && !run.is_narrow;
        prop_assert!(written + lost <= rows && (!is_known || written + lost == rows), "{name} of {rows}");
    }
    Ok(())
}

/// Every writer that does not block has tried every row that is in a profile, unless it had no turn before all was over, or may have been in
/// the middle of as many attempts as it may be.
fn check_first_tries(run: &Run, events: &[Event], program: &Program) -> Result<(), TestCaseError> {
    let takes_time = program.last_steps.iter().any(|step| matches!(step, Step::Pass(_)));
    let has_tried = |writer: &&Arc<ScriptedWriter>| match writer.begins() {
        Begins::AtOnce => true,
        Begins::Blocking => false,
        // It has had a turn for all that it was given by then.
        Begins::Later => !takes_time && program.most_writes == UNLIMITED,
    };
    for (number, &rows) in run.rows.iter().enumerate() {
        let name = format!("d{number}");
        let unsealed = |event: &Event| match event {
            Event::Lost { loss, .. } if loss.dataset.as_ref() == Some(&name) => loss.rows,
            _ => 0,
        };
        let unsealed: u64 = events.iter().map(unsealed).sum();
        let always_answers = |writer: &Arc<ScriptedWriter>| {
            let at = run.writers.iter().position(|other| Arc::ptr_eq(other, writer)).unwrap();
            !program.writers[at].0.contains(&Answer::Held)
        };
        let has_turns = |writer: &&Arc<ScriptedWriter>| program.most_writes == UNLIMITED || always_answers(writer);
        for writer in writers_of(&run.writers, number).filter(has_tried).filter(has_turns) {
            let own = writer.attempts().into_iter().filter(|attempt| attempt.item.dataset_id == name);
            let given: BTreeMap<String, u64> =
                own.map(|attempt| (attempt.item.idempotency_key.clone(), attempt.item.rows)).collect();
            prop_assert_eq!(given.values().sum::<u64>() + unsealed, rows, "{}", name);
        }
    }
    Ok(())
}

/// A loss says how many of its profiles a writer was in the middle of.
fn check_unanswered(run: &Run, events: &[Event]) -> Result<(), TestCaseError> {
    let lost = events.iter().find_map(|event| match event {
        Event::Closed { lost, .. } => Some(lost),
        _ => None,
    });
    let is_written = |item: &Writable| {
        let name = |event: &Event| matches!(event, Event::Written { file_name, .. } if *file_name == item.file_name);
        events.iter().any(name)
    };
    for number in 0..DATASETS {
        if writers_of(&run.writers, number).any(|writer| writer.blocks()) {
            continue;
        }
        let name = format!("d{number}");
        let mut open = BTreeSet::new();
        for writer in writers_of(&run.writers, number) {
            let attempts = writer.attempts();
            let has_it = |key: &str| {
                let of_it = attempts.iter().filter(|attempt| attempt.item.idempotency_key == key);
                of_it.filter_map(|attempt| attempt.told).any(|(_, outcome)| outcome.is_ok())
            };
            for Attempt { item, .. } in attempts.iter().filter(|attempt| attempt.told.is_none()) {
                if item.dataset_id == name && !is_written(item) && !has_it(&item.idempotency_key) {
                    open.insert(item.idempotency_key.clone());
                }
            }
        }
        let own = lost.unwrap().iter().filter(|loss| loss.dataset.as_ref() == Some(&name));
        prop_assert_eq!(own.map(|loss| loss.unanswered).sum::<u64>(), open.len() as u64, "{}", name);
    }
    Ok(())
}

/// After the end no attempt begins, though writers are free and time passes; and nobody keeps a writer.
#[expect(clippy::disallowed_methods, reason = "the threads of writers run in real time")]
fn check_nothing_begins(run: Run) -> Result<(), TestCaseError> {
    let count = |writer: &Arc<ScriptedWriter>| writer.attempts().len();
    let begun: Vec<usize> = run.writers.iter().map(count).collect();
    let Run { rig, writers, .. } = run;
    rig.clock.pass(HOUR_MS);
    for writer in &writers {
        writer.release();
    }
    drop(rig);
    let is_kept = |writer: &Arc<ScriptedWriter>| Arc::strong_count(writer) > 1;
    let mut patience = 60_000;
    while patience > 0 && writers.iter().any(is_kept) {
        std::thread::sleep(Duration::from_millis(1));
        patience -= 1;
    }
    prop_assert!(patience > 0, "a thread has not ended");
    for (writer, begun) in writers.iter().zip(begun) {
        // One that blocks may have been called, and not have got to its record.
        let more = if writer.blocks() { THREADS } else { 0 };
        prop_assert!(count(writer) <= begun + more, "attempts begin after the end");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn everything_ends(program in program()) {
        let mut run = Run::new(&program);
        for step in &program.steps {
            run.step(step);
        }
        if program.is_patient && program.is_flushed {
            run.answer_flushes()?;
        }
        run.end(program.end, &program.last_steps);
        let events = run.rig.sink.events();
        let stats = run.rig.engine.stats();
        prop_assert!(events.last().is_some_and(is_end));
        prop_assert_eq!(events.iter().filter(|event| is_end(event)).count(), 1);
        check_waiters(&run, &events, program.end)?;
        check_rows(&run, &events, &stats, program.end)?;
        if program.is_patient {
            for writer in &run.writers {
                check_pauses(writer)?;
                if !writer.blocks() {
                    check_concurrency(writer, program.most_writes)?;
                }
            }
            if program.end != End::Stop {
                // Where workers wait for memory, a close may be over before they come to all rows.
                if !run.is_narrow {
                    check_first_tries(&run, &events, &program)?;
                }
                check_unanswered(&run, &events)?;
            }
        }
        check_nothing_begins(run)?;
    }
}
