use proptest::prelude::*;

use super::*;

/// Gives its bytes a few at a time, and is interrupted before each.
struct Portions<'a> {
    bytes: &'a [u8],
    most: usize,
    is_interrupted: bool,
}

impl Read for Portions<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.is_interrupted = !self.is_interrupted;
        if self.is_interrupted {
            return Err(std::io::ErrorKind::Interrupted.into());
        }
        let most = buffer.len().min(self.most);
        self.bytes.read(&mut buffer[..most])
    }
}

/// Values with their lines, from the start of the source, how many lines it has, and the fault that ends it.
type Found = (Vec<(String, u64)>, Option<Fault>);

fn cut(source: impl Read, bytes: &[u8], piece_bytes: usize, max_value_bytes: usize) -> Found {
    let mut cutter = ValueCutter::new(source, piece_bytes, max_value_bytes);
    let (mut values, mut all, mut lines) = (Vec::new(), Vec::new(), 0);
    let fault = loop {
        match cutter.next() {
            Ok(Some(piece)) => {
                assert!(!piece.bytes.is_empty());
                assert!(piece.bytes.len() <= max_value_bytes.max(piece_bytes) + piece_bytes);
                assert_eq!(piece.lines_before, lines);
                lines += piece.lines;
                for value in piece.values {
                    let text = String::from_utf8_lossy(&piece.bytes[value.start..value.end]).into_owned();
                    values.push((text, piece.lines_before + value.line));
                }
                all.extend_from_slice(&piece.bytes);
            }
            Ok(None) => break None,
            Err(Stop::Fault(fault)) => break Some(fault),
            Err(Stop::Failed(error)) => panic!("{error}"),
        }
    };
    assert!(bytes.starts_with(&all), "pieces follow each other");
    if fault.is_none() {
        assert_eq!(all.len(), bytes.len());
        let unended = bytes.last().is_some_and(|&byte| byte != b'\n');
        assert_eq!(lines, memchr_iter(b'\n', bytes).count() as u64 + u64::from(unended));
    }
    (values, fault)
}

fn found(text: &str) -> Found {
    cut(text.as_bytes(), text.as_bytes(), 1 << 20, 1 << 20)
}

#[test]
fn values_are_found_whatever_separates_them() {
    for (text, values) in [
        ("", &[][..]),
        (" \n\r\t", &[]),
        ("[]", &[]),
        ("{}", &[("{}", 1)]),
        ("{\"a\":1}{\"b\":[{}]}\n\n{}", &[("{\"a\":1}", 1), ("{\"b\":[{}]}", 1), ("{}", 3)]),
        ("[{},\n {}\n]\n[{}]", &[("{}", 1), ("{}", 2), ("{}", 4)]),
        ("\x1e{}\n\x1e{}\n", &[("{}", 1), ("{}", 2)]),
        ("[1,\"]\", [2, [3]],null]true", &[("1", 1), ("\"]\"", 1), ("[2, [3]]", 1), ("null", 1), ("true", 1)]),
        ("[{} , ]", &[("{}", 1)]),
        ("\u{feff}[{\"\\\"}\\\\\":\n1}]", &[("{\"\\\"}\\\\\":\n1}", 1)]),
        ("\n\n{\n}\n{\n}", &[("{\n}", 3), ("{\n}", 5)]),
        ("{\"a\":1}x{}", &[("{\"a\":1}", 1), ("x", 1), ("{}", 1)]),
    ] {
        let expected: Vec<(String, u64)> = values.iter().map(|(text, line)| ((*text).to_owned(), *line)).collect();
        assert_eq!(found(text), (expected, None), "{text:?}");
    }
}

#[test]
fn faults_are_told_with_their_line_and_what_comes_before_is_given() {
    for (text, count, line, words) in [
        ("[{\"a\":\"x\ny\"},{\"a\":2}]", 0, 1, "quote"),
        ("[{},\n{\"a\":\"x\\\ny\"}]", 1, 2, "quote"),
        ("[{},\n{}", 2, 2, "array has no end"),
        ("[{},\n\n{\"a\"\n:1", 1, 3, "has no end"),
        ("{}\n\"x", 1, 2, "has no end"),
        ("{}\n]", 1, 2, "was not opened"),
        ("[]]", 0, 1, "was not opened"),
        ("{}}", 1, 1, "was not opened"),
    ] {
        let (values, fault) = found(text);
        let fault = fault.unwrap();
        assert_eq!((values.len(), fault.line), (count, line), "{text:?}");
        assert!(fault.reason.contains(words), "{text:?}: {}", fault.reason);
    }
}

#[test]
fn a_value_that_is_too_long_is_a_fault() {
    let text = format!("{{}}\n{{\"a\":\"{}\"}}\n{{}}", "x".repeat(94));
    for piece_bytes in [1, 7, 100] {
        let cut = |most| cut(text.as_bytes(), text.as_bytes(), piece_bytes, most);
        let (values, fault) = cut(102);
        assert_eq!((values.len(), fault), (3, None));
        let (values, fault) = cut(101);
        assert_eq!((values.len(), fault.map(|fault| fault.line)), (1, Some(2)));
    }
}

#[test]
fn a_source_that_fails_says_so_behind_its_values() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::PermissionDenied.into())
        }
    }
    let mut cutter = ValueCutter::new(b"{} {\"a\":".chain(Failing), 100, 100);
    assert_eq!(cutter.next().unwrap().unwrap().values.len(), 1);
    match cutter.next() {
        Err(Stop::Failed(error)) => assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied),
        other => panic!("{other:?}"),
    }
}

fn tokens() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        "\"",
        "\\",
        "\n",
        "\r\n",
        ",",
        ":",
        " ",
        "1",
        "null",
        "{\"a\":1}",
        "[2]",
        "\"x\"",
        "é",
        "\x1e",
    ]);
    prop::collection::vec(token, 0..60).prop_map(|tokens| tokens.concat())
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<i32>().prop_map(serde_json::Value::from),
        ".{0,6}".prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            prop::collection::vec((".{0,3}", inner), 0..4)
                .prop_map(|pairs| pairs.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_found_does_not_depend_on_pieces(
        text in tokens(),
        piece_bytes in 1..50_usize,
        most in 1..7_usize,
        has_mark in any::<bool>(),
    ) {
        let text = if has_mark { format!("\u{feff}{text}") } else { text };
        let bytes = text.as_bytes();
        let expected = cut(bytes, bytes, 1 << 20, 1 << 20);
        prop_assert_eq!(&cut(bytes, bytes, piece_bytes, 1 << 20), &expected);
        let portions = Portions { bytes, most, is_interrupted: false };
        prop_assert_eq!(&cut(portions, bytes, piece_bytes, 1 << 20), &expected);
    }

    #[test]
    fn borders_are_those_of_a_json_parser(values in prop::collection::vec(json(), 0..12), is_pretty in any::<bool>(), piece_bytes in 1..80_usize) {
        let write = |value| if is_pretty { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
        let texts: Vec<String> = values.iter().map(|value| write(value).unwrap()).collect();
        let array = format!("[{}]", texts.join(if is_pretty { ",\n" } else { "," }));
        let (found, fault) = cut(array.as_bytes(), array.as_bytes(), piece_bytes, 1 << 20);
        prop_assert_eq!(fault, None);
        prop_assert_eq!(found.iter().map(|(text, _)| text).collect::<Vec<_>>(), texts.iter().collect::<Vec<_>>());
        let mut line = 1;
        for (text, at) in &found {
            prop_assert_eq!(*at, line);
            line += text.matches('\n').count() as u64 + u64::from(is_pretty);
        }
    }
}
